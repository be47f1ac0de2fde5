import { bind, type Bindings } from "./bindings.ts";
import { segmentBits } from "./bit-segment.ts";
import { bitsOf, bitsToInteger, bitsToTerm, sliceBits, type Bits } from "./bit-sequence.ts";
import { termsEqual } from "./equal.ts";
import type { BitSegment, BitsSyntax } from "./syntax.ts";
import { BitString, Float, type Term } from "./term.ts";
import { utf8Text } from "./utf8-text.ts";

/** Matches a binary or bit string with `<<…>>`. */
export function matchBits({ segments }: BitsSyntax, term: Term, bindings: Bindings): boolean {
  if (!(term instanceof Uint8Array) && !(term instanceof BitString)) return false;
  const all = bitsOf(term);
  let position = 0;
  for (const segment of segments) {
    const length = matchSegment(segment, { all, position }, bindings);
    if (length === undefined) return false;
    position += length;
  }
  return position === all.length;
}

interface Place {
  readonly all: Bits;
  readonly position: number;
}

/** Says how many bits the segment took, or undefined where it does not match. */
function matchSegment(segment: BitSegment, place: Place, bindings: Bindings): number | undefined {
  const size = sizeOf(segment, bindings);
  if (size === undefined && segment.size !== undefined) return undefined;
  const { value, ...rest } = segment;
  if (value.type === "literal") {
    const mismatch = new Error("the literal does not fit its segment");
    const wanted = segmentBits(value.term, { ...rest, size }, () => mismatch);
    const found = take(place, wanted.length);
    const isEqual = found !== undefined && termsEqual(bitsToTerm(found), bitsToTerm(wanted));
    return isEqual ? wanted.length : undefined;
  }
  const found = read(segment, size, place);
  if (found === undefined || value.type !== "variable") return undefined;
  return bind(value.name, found.term, bindings) ? found.length : undefined;
}

function sizeOf({ size }: BitSegment, bindings: Bindings): number | undefined {
  if (typeof size !== "object") return size;
  const bound = bindings.get(size.name);
  return typeof bound === "number" && bound >= 0 ? bound : undefined;
}

function take({ all, position }: Place, length: number): Bits | undefined {
  return length > all.length - position ? undefined : sliceBits(all, position, length);
}

function read(
  segment: BitSegment,
  size: number | undefined,
  place: Place,
): { term: Term; length: number } | undefined {
  const left = place.all.length - place.position;
  switch (segment.kind) {
    case "integer": {
      const bits = take(place, (size ?? 8) * segment.unit);
      return bits && { term: bitsToInteger(bits, segment), length: bits.length };
    }
    case "float": {
      const bits = take(place, (size ?? 64) * segment.unit);
      const term = bits && readFloat(bits, segment);
      return term && { term, length: bits.length };
    }
    case "binary": {
      const length = size === undefined ? left : size * segment.unit;
      const bits = length % segment.unit === 0 ? take(place, length) : undefined;
      return bits && { term: bitsToTerm(bits), length };
    }
    default:
      return readCharacter(segment, place);
  }
}

function readFloat({ bytes, length }: Bits, { isLittleEndian }: BitSegment): Float | undefined {
  if (length !== 32 && length !== 64) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const value = length === 32 ? view.getFloat32(0, isLittleEndian) : view.getFloat64(0, isLittleEndian);
  return Number.isFinite(value) ? new Float(value) : undefined;
}

/** One character of UTF-8, UTF-16 or UTF-32, as its code point. */
function readCharacter(segment: BitSegment, place: Place): { term: Term; length: number } | undefined {
  for (const length of CHARACTER_BITS[segment.kind] ?? []) {
    const bits = take(place, length);
    const term = bits && codePointOf(bits, segment);
    if (term !== undefined) return { term, length };
  }
  return undefined;
}

const CHARACTER_BITS: Readonly<Record<string, readonly number[]>> = {
  utf8: [8, 16, 24, 32],
  utf16: [16, 32],
  utf32: [32],
};

function codePointOf(bits: Bits, { kind, isLittleEndian }: BitSegment): number | undefined {
  const text = kind === "utf8" ? utf8Text(bits.bytes) : decodeWide(bits, { kind, isLittleEndian });
  const codePoint = text?.codePointAt(0);
  return codePoint !== undefined && (codePoint < 0xd800 || codePoint > 0xdfff) ? codePoint : undefined;
}

function decodeWide(
  bits: Bits,
  { kind, isLittleEndian }: Pick<BitSegment, "kind" | "isLittleEndian">,
): string | undefined {
  const bytes = Buffer.from(bits.bytes);
  if (kind === "utf16") return (isLittleEndian ? bytes : bytes.swap16()).toString("utf16le");
  const codePoint = isLittleEndian ? bytes.readUInt32LE() : bytes.readUInt32BE();
  return codePoint > 0x10ffff ? undefined : String.fromCodePoint(codePoint);
}
