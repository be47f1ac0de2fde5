import { ByteReader } from "../bytes/byte-reader.ts";
import { InstructionReader, OPCODE } from "./instructions.ts";

export interface CodeChunk {
  /** The highest opcode that the code uses: a loader refuses code that goes beyond its own. */
  readonly maxOpcode: number;
  /** The instructions. */
  readonly code: Uint8Array;
}

/**
 * Decodes chunk `Code`:
 *
 *     4          | HeaderSize bytes                                         | rest
 *     HeaderSize | 4 Format | 4 MaxOpcode | 4 LabelCount | 4 FunctionCount | instructions
 *
 * @throws {DecodeError}
 */
export function decodeCodeChunk(chunk: Uint8Array): CodeChunk {
  const reader = new ByteReader(chunk);
  const headerSize = reader.uint32("size of the header of Code");
  const header = new ByteReader(reader.take(headerSize, "header of Code"));
  header.uint32("format of Code");
  const maxOpcode = header.uint32("highest opcode");
  return { maxOpcode, code: reader.take(reader.remaining, "instructions") };
}

/**
 * Whether the code holds an `on_load` instruction. The compiler moves the attribute of that name
 * into the code, so nothing but the instructions tells. Code with instructions newer than the
 * table counts as having one: such a module is loaded by itself, which is always right.
 *
 * @throws {DecodeError}
 */
export function hasOnLoadInstruction(code: Uint8Array): boolean {
  // Most modules do not even hold the byte, and need no walk.
  if (!code.includes(OPCODE.on_load)) return false;
  const instructions = new InstructionReader(code);
  while (instructions.next()) if (instructions.opcode === OPCODE.on_load) return true;
  return instructions.isCutShort;
}
