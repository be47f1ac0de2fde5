import { ByteReader } from "../bytes/byte-reader.ts";
import { skipOperands } from "./compact-term.ts";

/**
 * Number of operands of each instruction, from opcode 1 on, one digit each: what `genop.tab` of
 * the compiler lists up to OTP 29. Instructions keep their number and their operands for ever.
 *
 * @see https://github.com/erlang/otp/blob/master/lib/compiler/src/genop.tab
 */
const OPERAND_COUNTS: string =
  "130232232452323211000021124444444444433333332222222222222333121233333211011322255542" +
  "1122555210122444431211126351223577753225622221340862654545433333011715523340022234322" +
  "43121116301" +
  // from OTP 26 on: update_record, bs_match, executable_line, debug_line
  "5324" +
  // OTP 29: bif3 and the instructions of native records
  "624363546";

/** Marks the function that runs when its module is loaded. */
const ON_LOAD = 149;
const INT_CODE_END = 3;

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
  if (!code.includes(ON_LOAD)) return false;
  const reader = new ByteReader(code);
  while (reader.remaining > 0) {
    const opcode = reader.uint8("opcode");
    if (opcode === ON_LOAD) return true;
    if (opcode === INT_CODE_END) return false;
    const count = OPERAND_COUNTS[opcode - 1];
    if (count === undefined) return true;
    skipOperands(reader, Number(count));
  }
  return false;
}
