import { BitString } from "./term.ts";

/** Bits, from the highest of the first byte on. */
export interface Bits {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** The bits of a binary or bit string. */
export function bitsOf(term: Uint8Array | BitString): Bits {
  if (term instanceof Uint8Array) return { bytes: term, length: term.length * 8 };
  return { bytes: term.bytes, length: term.bytes.length * 8 - 8 + term.bitsInLastByte };
}

/** The binary, or bit string, of bits. */
export function bitsToTerm({ bytes, length }: Bits): Uint8Array | BitString {
  const bitsInLastByte = length % 8;
  return bitsInLastByte === 0 ? bytes : new BitString(bytes, bitsInLastByte);
}

/** Cuts `length` bits out, starting at bit `start`; what does not fill the last byte is zero there. */
export function sliceBits({ bytes }: Bits, start: number, length: number): Bits {
  const size = Math.ceil(length / 8);
  const first = start >> 3;
  const shift = start % 8;
  const cut = Buffer.from(bytes.subarray(first, first + size));
  if (shift > 0) {
    for (let index = 0; index < size; index++) {
      const pair = ((bytes[first + index] ?? 0) << 8) | (bytes[first + index + 1] ?? 0);
      cut[index] = (pair >> (8 - shift)) & 0xff;
    }
  }
  const spare = size * 8 - length;
  if (spare > 0) cut[size - 1] = (cut[size - 1] ?? 0) & (0xff << spare);
  return { bytes: cut, length };
}

/** Puts bits one after another. */
export function joinBits(parts: readonly Bits[]): Bits {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = Buffer.alloc(Math.ceil(length / 8));
  let position = 0;
  for (const part of parts) {
    const first = position >> 3;
    const shift = position % 8;
    part.bytes.forEach((byte, index) => {
      const at = first + index;
      bytes[at] = (bytes[at] ?? 0) | (byte >> shift);
      if (shift > 0 && at + 1 < bytes.length) bytes[at + 1] = (byte << (8 - shift)) & 0xff;
    });
    position += part.length;
  }
  return { bytes, length };
}

/** How an integer stands in bits. */
export interface IntegerLayout {
  readonly isSigned: boolean;
  readonly isLittleEndian: boolean;
}

/** The lowest `length` bits of an integer. Little-endian, what does not fill a byte is the end. */
export function integerToBits(value: bigint, length: number, { isLittleEndian }: IntegerLayout): Bits {
  const spare = (8 - (length % 8)) % 8;
  const wrapped = BigInt.asUintN(length, value);
  const size = (length + spare) / 8;
  if (!isLittleEndian || length <= 8) return { bytes: bigEndian(wrapped << BigInt(spare), size), length };
  const bytes = bigEndian(wrapped, size).reverse();
  bytes[size - 1] = ((bytes[size - 1] ?? 0) << spare) & 0xff;
  return { bytes, length };
}

/** The integer that bits are. */
export function bitsToInteger(
  { bytes, length }: Bits,
  { isSigned, isLittleEndian }: IntegerLayout,
): number | bigint {
  const spare = (8 - (length % 8)) % 8;
  let value: bigint;
  if (isLittleEndian && length > 8) {
    const reversed = Buffer.from(bytes).reverse();
    reversed[0] = (reversed[0] ?? 0) >> spare;
    value = fromBigEndian(reversed);
  } else {
    value = fromBigEndian(bytes) >> BigInt(spare);
  }
  if (isSigned) value = BigInt.asIntN(length, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function bigEndian(value: bigint, size: number): Buffer {
  return Buffer.from(value.toString(16).padStart(size * 2, "0"), "hex").subarray(-size || size);
}

function fromBigEndian(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}
