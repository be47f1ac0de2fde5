import { atomsOfTerms } from "../etf/atoms-of-terms.ts";
import { decodeTerm } from "../etf/decode.ts";
import { TAG, VERSION_MAGIC } from "../etf/tags.ts";
import type { NameSet } from "./name-set.ts";

/** Bytes that follow the tag of a term which holds no other and has one size. */
const PLAIN_SIZE: Readonly<Record<number, number>> = {
  [TAG.SMALL_INTEGER_EXT]: 1,
  [TAG.INTEGER_EXT]: 4,
  [TAG.NEW_FLOAT_EXT]: 8,
  [TAG.FLOAT_EXT]: 31,
  [TAG.NIL_EXT]: 0,
};

/**
 * Finds names of modules in an encoded term, however deep: the atoms and the modules of funs that
 * {@linkcode atomsOfTerms} gives for the decoded one, several times faster. A name may be found more
 * than once.
 *
 * @throws {DecodeError}
 */
export function findInTerm(bytes: Uint8Array, names: NameSet): readonly string[] {
  const scanner = new AtomScanner(bytes, names);
  scanner.scan(0, bytes.length);
  return scanner.found;
}

/**
 * Finds names in encoded terms. It walks over the tags from front to back: a tuple, list or map is a
 * head that says how many terms follow, so nothing has to be nested. Beyond the end, fields are
 * `NaN`, which no comparison lets pass.
 */
export class AtomScanner {
  /** In all terms so far. */
  readonly found: string[] = [];
  readonly #bytes: Uint8Array;
  readonly #text: string;
  readonly #names: NameSet;
  #at = 0;
  /** Terms that still have to come. */
  #pending = 0;

  constructor(bytes: Uint8Array, names: NameSet) {
    this.#bytes = bytes;
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    this.#names = names;
  }

  /**
   * Looks through the term between two offsets.
   *
   * @throws {DecodeError}
   */
  scan(start: number, end: number): void {
    const before = this.found.length;
    // Behind the version byte.
    this.#at = start + 1;
    this.#pending = 1;
    const isPlain = this.#names.isAscii && this.#bytes[start] === VERSION_MAGIC;
    if (isPlain && this.#terms() && this.#at === end) return;
    // What is rare in constants (pids, local funs, other letters) or broken is left to the decoder.
    this.found.length = before;
    for (const atom of atomsOfTerms([decodeTerm(this.#bytes.subarray(start, end))])) {
      if (this.#names.has(atom)) this.found.push(atom);
    }
  }

  /** Gives false where it meets something that it does not know. */
  #terms(): boolean {
    while (this.#pending > 0) {
      this.#pending--;
      if (!this.#term(this.#field(1))) return false;
    }
    return true;
  }

  #term(tag: number): boolean {
    const size = PLAIN_SIZE[tag];
    if (size !== undefined) {
      this.#at += size;
      return true;
    }
    switch (tag) {
      case TAG.ATOM_EXT:
      case TAG.ATOM_UTF8_EXT:
        return this.#atom(this.#field(2));
      case TAG.SMALL_ATOM_EXT:
      case TAG.SMALL_ATOM_UTF8_EXT:
        return this.#atom(this.#field(1));
      case TAG.SMALL_TUPLE_EXT:
        this.#pending += this.#field(1);
        return true;
      case TAG.LARGE_TUPLE_EXT:
        this.#pending += this.#field(4);
        return true;
      case TAG.LIST_EXT:
        this.#pending += this.#field(4) + 1;
        return true;
      case TAG.MAP_EXT:
        this.#pending += this.#field(4) * 2;
        return true;
      case TAG.STRING_EXT:
        return this.#skip(this.#field(2));
      case TAG.BINARY_EXT:
        return this.#skip(this.#field(4));
      case TAG.SMALL_BIG_EXT:
        return this.#skip(this.#field(1) + 1);
      case TAG.BIT_BINARY_EXT:
      case TAG.LARGE_BIG_EXT:
        return this.#skip(this.#field(4) + 1);
      case TAG.EXPORT_EXT:
        return this.#export();
      default:
        return false;
    }
  }

  /** Module, function and arity, of which only the module counts. */
  #export(): boolean {
    if (!this.#term(this.#field(1))) return false;
    const found = this.found.length;
    const isRead = this.#term(this.#field(1)) && this.#term(this.#field(1));
    this.found.length = found;
    return isRead;
  }

  #atom(length: number): boolean {
    const start = this.#at;
    this.#at += length;
    if (this.#names.hasShape(length, this.#bytes[start])) {
      const atom = this.#text.slice(start, this.#at);
      if (this.#names.has(atom)) this.found.push(atom);
    }
    return true;
  }

  #skip(length: number): boolean {
    this.#at += length;
    return true;
  }

  #field(size: 1 | 2 | 4): number {
    let value = 0;
    for (const end = this.#at + size; this.#at < end; this.#at++) {
      value = value * 256 + (this.#bytes[this.#at] ?? NaN);
    }
    return value;
  }
}
