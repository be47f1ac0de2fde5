import { bitsOf, integerToBits, joinBits, sliceBits, type Bits } from "./bit-sequence.ts";
import type { BitSegment } from "./syntax.ts";
import { BitString, Float, type Term } from "./term.ts";
import { utf8Text } from "./utf8-text.ts";

/** Bounds what a segment such as `0:99999999999` may take. */
const MAX_BITS = 16 * 1024 * 1024 * 8;

/** How a segment is laid out, with a size that is known. */
export type SegmentLayout = Omit<BitSegment, "value" | "size"> & { readonly size: number | undefined };

/**
 * Makes the bits of one segment of `<<…>>`.
 *
 * @param fail makes the error to throw of what is wrong
 */
export function segmentBits(term: Term, layout: SegmentLayout, fail: (state: string) => Error): Bits {
  if ((layout.size ?? 0) * layout.unit > MAX_BITS) throw fail(`a segment is longer than ${MAX_BITS} bits`);
  // A string of Erlang stands for its characters, each a segment of its own.
  if (isList(term)) return joinBits(term.map((element) => segmentBits(element, layout, fail)));
  switch (layout.kind) {
    case "integer":
      if (typeof term !== "number" && typeof term !== "bigint") throw fail("a segment is no integer");
      return integerToBits(BigInt(term), (layout.size ?? 8) * layout.unit, layout);
    case "float":
      return floatBits(term, layout, fail);
    case "binary":
      return binaryBits(term, layout, fail);
    default:
      return textBits(term, layout, fail);
  }
}

function isList(term: Term): term is readonly Term[] {
  return Array.isArray(term);
}

function floatBits(term: Term, layout: SegmentLayout, fail: (state: string) => Error): Bits {
  const value = term instanceof Float ? term.value : Number(term);
  if (typeof term === "object" && !(term instanceof Float)) throw fail("a segment is no float");
  const length = (layout.size ?? 64) * layout.unit;
  if (length !== 32 && length !== 64) throw fail("a float has 32 or 64 bits");
  const bytes = Buffer.alloc(length / 8);
  if (length === 32) bytes.writeFloatBE(value);
  else bytes.writeDoubleBE(value);
  return { bytes: layout.isLittleEndian ? bytes.reverse() : bytes, length };
}

function binaryBits(term: Term, layout: SegmentLayout, fail: (state: string) => Error): Bits {
  if (!(term instanceof Uint8Array) && !(term instanceof BitString)) throw fail("a segment is no binary");
  const bits = bitsOf(term);
  const length = layout.size === undefined ? bits.length : layout.size * layout.unit;
  if (length > bits.length) throw fail("a segment is shorter than its size");
  if (length % layout.unit !== 0) throw fail("a segment does not fill its last byte");
  return sliceBits(bits, 0, length);
}

function textBits(term: Term, layout: SegmentLayout, fail: (state: string) => Error): Bits {
  const text = term instanceof Uint8Array ? utf8Text(term) : characterText(term);
  if (text === undefined) throw fail("a segment is no text");
  const bytes = encodeText(text, layout);
  return { bytes, length: bytes.length * 8 };
}

function characterText(term: Term): string | undefined {
  if (typeof term !== "number" || term < 0 || term > 0x10ffff) return undefined;
  return term >= 0xd800 && term <= 0xdfff ? undefined : String.fromCodePoint(term);
}

function encodeText(text: string, { kind, isLittleEndian }: SegmentLayout): Buffer {
  if (kind === "utf8") return Buffer.from(text);
  if (kind === "utf16") {
    const bytes = Buffer.from(text, "utf16le");
    return isLittleEndian ? bytes : bytes.swap16();
  }
  const characters = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const bytes = Buffer.alloc(characters.length * 4);
  characters.forEach((codePoint, index) => {
    if (isLittleEndian) bytes.writeUInt32LE(codePoint, index * 4);
    else bytes.writeUInt32BE(codePoint, index * 4);
  });
  return bytes;
}
