import { uint32At } from "../bytes/uint32-at.ts";

const ZLIB_HEADER_BYTES = 2;
const ADLER_BYTES = 4;
/** The only block is the last one, and has the fixed codes. */
const FIXED_BLOCK_BITS = 0b011;
const END_OF_BLOCK = 256;
const MAX_CODE_BITS = 9;
const DISTANCE_CODE_BITS = 5;
/** How many bits follow the symbols from 257 on, which stand for lengths, and those of distances. */
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BITS = Array.from({ length: 30 }, (_, symbol) => Math.max(0, (symbol >> 1) - 1));
const LENGTHS = leastOf(LENGTH_BITS, 3).with(-1, 258);
const DISTANCES = leastOf(DISTANCE_BITS, 1);
/** By the next nine bits: the symbol of the code that they begin with, and in the lowest four bits its length. */
const SYMBOLS = fixedSymbols();

/** A zlib stream between two offsets. */
export interface ZlibStream {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Of what it inflates to. */
  readonly size: number;
}

/**
 * Inflates a zlib stream that is one block with fixed codes, as short ones are: zlib needs longer to
 * get ready than this takes. Of any other stream, and of a broken one, it gives undefined.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1951#section-3.2.6
 */
export function inflateSmall(stream: ZlibStream): Buffer | undefined {
  if (!hasHeader(stream)) return undefined;
  const inflater = new SmallInflater(stream);
  return inflater.inflate() ? inflater.output : undefined;
}

/** Method 8, no dictionary, and bits that make it a multiple of 31. */
function hasHeader({ bytes, start }: ZlibStream): boolean {
  const header = (bytes[start]! << 8) | bytes[start + 1]!;
  return (header & 0x0f20) === 0x0800 && header % 31 === 0;
}

/** Beyond its end it goes on, but not for long, and notices afterwards. */
class SmallInflater {
  readonly output: Buffer;
  #length = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  /** Bits of the bytes before `#at` that were not taken. */
  #held = 0;
  #heldCount = 0;

  constructor({ bytes, start, end, size }: ZlibStream) {
    this.#bytes = bytes;
    this.#end = end;
    this.#at = start + ZLIB_HEADER_BYTES;
    this.output = Buffer.allocUnsafe(size);
  }

  inflate(): boolean {
    if (this.#take(3) !== FIXED_BLOCK_BITS || !this.#block()) return false;
    const end = this.#at - (this.#heldCount >> 3);
    const isWhole = this.#length === this.output.length && end + ADLER_BYTES === this.#end;
    return isWhole && adler32(this.output) === uint32At(this.#bytes, end);
  }

  #block(): boolean {
    const { output } = this;
    for (;;) {
      this.#hold(MAX_CODE_BITS);
      const entry = SYMBOLS[this.#held & 0x1ff]!;
      this.#take(entry & 0xf);
      const symbol = entry >> 4;
      if (symbol === END_OF_BLOCK) return true;
      if (this.#length >= output.length) return false;
      if (symbol < END_OF_BLOCK) output[this.#length++] = symbol;
      else if (!this.#copy(symbol - END_OF_BLOCK - 1)) return false;
    }
  }

  #copy(lengthSymbol: number): boolean {
    const { output } = this;
    const length = LENGTHS[lengthSymbol]! + this.#take(LENGTH_BITS[lengthSymbol]!);
    const symbol = reversed(this.#take(DISTANCE_CODE_BITS), DISTANCE_CODE_BITS);
    const distance = DISTANCES[symbol]! + this.#take(DISTANCE_BITS[symbol]!);
    const end = this.#length + length;
    // NaN for symbols that there are not.
    if (!(distance <= this.#length && end <= output.length)) return false;
    // One after the other: what is copied may begin within what it makes.
    for (; this.#length < end; this.#length++) output[this.#length] = output[this.#length - distance]!;
    return true;
  }

  #take(count: number): number {
    this.#hold(count);
    const taken = this.#held & ((1 << count) - 1);
    this.#held >>>= count;
    this.#heldCount -= count;
    return taken;
  }

  #hold(count: number): void {
    for (; this.#heldCount < count; this.#heldCount += 8) {
      this.#held |= this.#bytes[this.#at++]! << this.#heldCount;
    }
  }
}

/**
 *     symbols    | bits | codes
 *       0 to 143 | 8    |  00110000 to  10111111
 *     144 to 255 | 9    | 110010000 to 111111111
 *     256 to 279 | 7    |   0000000 to   0010111
 *     280 to 287 | 8    |  11000000 to  11000111
 */
function fixedSymbols(): Uint16Array {
  const symbols = new Uint16Array(2 ** MAX_CODE_BITS);
  const add = (from: number, to: number, bits: number, firstCode: number): void => {
    for (let symbol = from; symbol <= to; symbol++) {
      const code = reversed(firstCode + symbol - from, bits);
      for (let rest = 0; rest < symbols.length; rest += 2 ** bits)
        symbols[rest + code] = (symbol << 4) | bits;
    }
  };
  add(0, 143, 8, 0b0011_0000);
  add(144, 255, 9, 0b1_1001_0000);
  add(256, 279, 7, 0);
  add(280, 287, 8, 0b1100_0000);
  return symbols;
}

/** Codes are written with the highest bit first, all else with the lowest. */
function reversed(bits: number, count: number): number {
  let result = 0;
  for (let at = 0; at < count; at++) result = (result << 1) | ((bits >> at) & 1);
  return result;
}

/** The least value of each symbol, if each stands for as many as its bits can tell apart. */
function leastOf(bits: readonly number[], first: number): number[] {
  return bits.map((_, symbol) => bits.slice(0, symbol).reduce((sum, count) => sum + 2 ** count, first));
}

function adler32(bytes: Uint8Array): number {
  const modulus = 65_521;
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; at++) {
    a = (a + bytes[at]!) % modulus;
    b = (b + a) % modulus;
  }
  return ((b << 16) | a) >>> 0;
}
