import type { ByteReader } from "../bytes/byte-reader.ts";
import { DecodeError } from "../bytes/decode-error.ts";

/** Tags of compact terms, as `beam_opcodes.hrl` numbers them; of the others only the size matters. */
export const COMPACT_TAG = { u: 0, z: 7 } as const;

/** What follows an extended (`z`) tag: how many compact terms, or a count that says it. */
const EXTENDED_LIST = 1;
const EXTENDED_FLOAT_REGISTER = 2;
const EXTENDED_ALLOC_LIST = 3;
const EXTENDED_LITERAL = 4;
const EXTENDED_TYPED_REGISTER = 5;

export interface CompactTerm {
  readonly tag: number;
  /** NaN where the number is too large to be a size or an index. */
  readonly value: number;
}

/**
 * Reads a number with a tag, as operands of instructions and, since OTP 28, lengths of atoms
 * are written:
 *
 *     value 4 | 0 | tag 3                     values below 16
 *     value's high 3 | 01 | tag 3 | low 8     values below 2048
 *     count - 2 | 11 | tag 3 | count bytes    up to 8 bytes
 *     111 | 11 | tag 3 | count - 9, tagged u | count bytes
 *
 * @throws {DecodeError}
 */
export function readCompactTerm(reader: ByteReader): CompactTerm {
  const first = reader.uint8("compact term");
  const tag = first & 0b111;
  if ((first & 0b1000) === 0) return { tag, value: first >> 4 };
  if ((first & 0b1_0000) === 0) {
    return { tag, value: ((first >> 5) << 8) | reader.uint8("low byte of a compact term") };
  }
  const bytes = reader.take(byteCount(reader, first >> 5), "bytes of a compact term");
  return { tag, value: bytes.length > 6 ? NaN : Buffer.from(bytes).readUIntBE(0, bytes.length) };
}

function byteCount(reader: ByteReader, code: number): number {
  if (code < 7) return code + 2;
  // Not recursive: a count that is itself of the long form is no count.
  const at = reader.offset;
  const first = reader.uint8("size of a compact term");
  if ((first & 0b1000) === 0) return (first >> 4) + 9;
  if ((first & 0b1_0000) === 0) return (((first >> 5) << 8) | reader.uint8("size of a compact term")) + 9;
  throw new DecodeError("Cannot read a compact term: its size is out of range", at);
}

/**
 * Skips the `count` operands of an instruction, with all that lists among them hold.
 *
 * @throws {DecodeError}
 */
export function skipOperands(reader: ByteReader, count: number): void {
  let pending = count;
  while (pending > 0) {
    pending--;
    const { tag, value } = readCompactTerm(reader);
    if (tag === COMPACT_TAG.z) pending += followers(reader, value);
  }
}

function followers(reader: ByteReader, kind: number): number {
  switch (kind) {
    case EXTENDED_FLOAT_REGISTER:
    case EXTENDED_LITERAL:
      return 1;
    case EXTENDED_TYPED_REGISTER:
      return 2;
    case EXTENDED_LIST:
      return readCount(reader);
    case EXTENDED_ALLOC_LIST:
      return 2 * readCount(reader);
    default:
      throw new DecodeError(`Cannot read an operand: extended tag ${kind} is unknown`, reader.offset);
  }
}

function readCount(reader: ByteReader): number {
  const at = reader.offset;
  const { value } = readCompactTerm(reader);
  // Each operand takes at least one byte, so a lying count fails here.
  if (!(value <= reader.remaining)) {
    throw new DecodeError("Cannot read a list of operands: it is longer than the code", at);
  }
  return value;
}
