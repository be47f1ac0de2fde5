import { ByteReader } from "../bytes/byte-reader.ts";
import { readCompactTerm } from "./compact-term.ts";
import { OPERAND } from "./instructions.ts";

/** A line of the source of a module, which counts from 1. */
export interface SourceLine {
  /** As the compiler was given it: `lib/remote_health.ex`. */
  readonly file: string;
  readonly line: number;
}

const KNOWN_VERSION = 0;

/**
 * Decodes chunk `Line`, which `line` instructions count in, from 1 on:
 *
 *     4       | 4     | 4                | 4         | 4         | items | FileCount times
 *     Version | Flags | InstructionCount | ItemCount | FileCount |       | 2 Size | Size bytes
 *
 * An item is a compact term, the number of a line; before it stands the number of a file, tagged as
 * an atom, where that is another one than before. File 0 is the one named after the module.
 *
 * @throws {DecodeError}
 */
export function decodeLines(chunk: Uint8Array, module: string): readonly SourceLine[] {
  const reader = new ByteReader(chunk);
  if (reader.uint32("version of Line") !== KNOWN_VERSION) return [];
  reader.uint32("flags of Line");
  reader.uint32("count of line instructions");
  const itemCount = reader.uint32("count of lines");
  const fileCount = reader.uint32("count of files");
  reader.need(itemCount, "lines");
  const items: { file: number; line: number }[] = [];
  for (let file = 0; items.length < itemCount;) {
    const { tag, value } = readCompactTerm(reader);
    if (tag === OPERAND.atom) file = value;
    else items.push({ file, line: value });
  }
  reader.need(fileCount * 2, "names of files");
  const files = Array.from({ length: fileCount }, () =>
    reader.utf8(reader.uint16("size of the name of a file"), "name of a file"),
  );
  return items.map(({ file, line }) => ({ file: files[file - 1] ?? `${module}.erl`, line }));
}
