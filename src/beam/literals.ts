import { inflateSync } from "node:zlib";
import { ByteReader } from "../bytes/byte-reader.ts";
import { DecodeError } from "../bytes/decode-error.ts";
import { decodeTerm } from "../etf/decode.ts";
import type { Term } from "../etf/term.ts";
import { MAX_BEAM_BYTES } from "./iff.ts";
import type { NameSet } from "./name-set.ts";
import { AtomScanner } from "./atom-scanner.ts";

/** The least that zlib takes. */
const MIN_CHUNK_SIZE = 64;

/**
 * Whether chunk `LitT` is written as OTP 28 and newer do, which older releases cannot read.
 *
 * @throws {DecodeError}
 */
export function hasPlainLiterals(chunk: Uint8Array): boolean {
  return new ByteReader(chunk).uint32("size of the literals") === 0;
}

/**
 * Decodes chunk `LitT`, the constant terms of the code.
 *
 * @throws {DecodeError}
 */
export function decodeLiterals(chunk: Uint8Array): Term[] {
  const table = literalTable(chunk);
  return literalsOf(table, (start, end) => decodeTerm(table.subarray(start, end)));
}

/**
 * Finds names of modules in the constant terms; one may be found more than once.
 *
 * @throws {DecodeError}
 */
export function findInLiterals(chunk: Uint8Array, names: NameSet): readonly string[] {
  const table = literalTable(chunk);
  const scanner = new AtomScanner(table, names);
  literalsOf(table, (start, end) => scanner.scan(start, end));
  return scanner.found;
}

/**
 * The table of constant terms:
 *
 *     4                | rest
 *     UncompressedSize | zlib-compressed table
 *
 * Since OTP 28 `UncompressedSize` is 0 and the table is not compressed.
 */
function literalTable(chunk: Uint8Array): Uint8Array {
  const reader = new ByteReader(chunk);
  const size = reader.uint32("size of the literals");
  const rest = reader.take(reader.remaining, "literals");
  return size === 0 ? rest : inflate(rest, size);
}

/**
 * Reads each literal, which stands between two offsets:
 *
 *     4     | Count times
 *     Count | 4 Size | Size bytes, a term
 */
function literalsOf<Literal>(bytes: Uint8Array, read: (start: number, end: number) => Literal): Literal[] {
  const table = new ByteReader(bytes);
  const count = table.uint32("count of literals");
  // Each literal takes at least its size, so a lying count fails here.
  table.need(count * 4, "literals");
  return Array.from({ length: count }, () => {
    const size = table.uint32("size of a literal");
    table.need(size, "literal");
    const start = table.offset;
    table.offset += size;
    return read(start, table.offset);
  });
}

function inflate(bytes: Uint8Array, size: number): Uint8Array {
  if (size > MAX_BEAM_BYTES) throw new DecodeError("Cannot inflate the literals: they are too large", 0);
  try {
    // A buffer of the right size: one of the default size for each module keeps the collector busy.
    const chunkSize = Math.max(MIN_CHUNK_SIZE, size + 1);
    return inflateSync(bytes, { maxOutputLength: size, chunkSize });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DecodeError(`Cannot inflate the literals: ${reason}`, 4);
  }
}
