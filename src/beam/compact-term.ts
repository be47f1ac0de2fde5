import type { ByteReader } from "../bytes/byte-reader.ts";
import { DecodeError } from "../bytes/decode-error.ts";

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
