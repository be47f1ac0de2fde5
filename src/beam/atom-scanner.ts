import { uint32At } from "../bytes/uint32-at.ts";
import { atomsOfTerms } from "../etf/atoms-of-terms.ts";
import { decodeTerm, type DecodeLimits } from "../etf/decode.ts";
import { TAG, VERSION_MAGIC } from "../etf/tags.ts";
import { chunkLimits } from "./chunk-limits.ts";
import type { NameSearch } from "./name-search.ts";

/**
 * Finds names of modules in the encoded term between two offsets, however deep: the atoms and the modules of funs that
 * {@linkcode atomsOfTerms} gives for the decoded one, several times faster.
 *
 * @throws {DecodeError}
 */
export function findInTerm(search: NameSearch, start: number, end: number): void {
  new AtomScanner(search).scan(start, end);
}

/**
 * Finds names in encoded terms. It walks over the tags from front to back: a tuple, list or map is a
 * head that says how many terms follow, so nothing has to be nested. Beyond the end there is no tag.
 */
export class AtomScanner {
  readonly #bytes: Uint8Array;
  readonly #search: NameSearch;
  readonly #limits: DecodeLimits = chunkLimits();
  #at = 0;
  /** Terms that still have to come. */
  #pending = 0;

  constructor(search: NameSearch) {
    this.#bytes = search.bytes;
    this.#search = search;
  }

  /**
   * Looks through the term between two offsets.
   *
   * @throws {DecodeError}
   */
  scan(start: number, end: number): void {
    const { mark } = this.#search;
    // Behind the version byte.
    this.#at = start + 1;
    this.#pending = 1;
    if (this.#bytes[start] === VERSION_MAGIC && this.#terms() && this.#at === end) return;
    // What is rare in constants (pids, local funs, Latin-1) or broken is left to the decoder.
    this.#search.forget(mark);
    this.#search.lookAt(atomsOfTerms([decodeTerm(this.#bytes.subarray(start, end), this.#limits)]));
  }

  /** Gives false where it meets something that it does not know. */
  #terms(): boolean {
    while (this.#pending > 0) {
      this.#pending--;
      if (!this.#term()) return false;
    }
    return true;
  }

  #term(): boolean {
    const tag = this.#uint8();
    switch (tag) {
      case TAG.SMALL_TUPLE_EXT:
        return this.#expect(this.#uint8());
      case TAG.LARGE_TUPLE_EXT:
        return this.#expect(this.#uint32());
      case TAG.LIST_EXT:
        return this.#expect(this.#uint32() + 1);
      case TAG.MAP_EXT:
        return this.#expect(this.#uint32() * 2);
      case TAG.NIL_EXT:
        return true;
      case TAG.SMALL_INTEGER_EXT:
        return this.#skip(1);
      case TAG.INTEGER_EXT:
        return this.#skip(4);
      case TAG.NEW_FLOAT_EXT:
        return this.#skip(8);
      case TAG.STRING_EXT:
        return this.#skip(this.#uint16());
      case TAG.BINARY_EXT:
        return this.#skip(this.#uint32());
      case TAG.SMALL_BIG_EXT:
        return this.#skip(this.#uint8() + 1);
      case TAG.BIT_BINARY_EXT:
      case TAG.LARGE_BIG_EXT:
        return this.#skip(this.#uint32() + 1);
      case TAG.EXPORT_EXT:
        return this.#export();
      default:
        return this.#atomWith(tag);
    }
  }

  #atomWith(tag: number): boolean {
    switch (tag) {
      case TAG.ATOM_UTF8_EXT:
        return this.#atom(this.#uint16());
      case TAG.SMALL_ATOM_UTF8_EXT:
        return this.#atom(this.#uint8());
      case TAG.ATOM_EXT:
        return this.#latin1(this.#uint16());
      case TAG.SMALL_ATOM_EXT:
        return this.#latin1(this.#uint8());
      default:
        return false;
    }
  }

  /** Module, function and arity, of which only the module counts. */
  #export(): boolean {
    if (!this.#atomWith(this.#uint8())) return false;
    const { mark } = this.#search;
    const isRead = this.#atomWith(this.#uint8()) && this.#uint8() === TAG.SMALL_INTEGER_EXT && this.#skip(1);
    this.#search.forget(mark);
    return isRead;
  }

  #atom(length: number): boolean {
    const start = this.#at;
    this.#at += length;
    this.#search.look(start, this.#at);
    return true;
  }

  /** ASCII is the same in both encodings. */
  #latin1(length: number): boolean {
    for (let at = this.#at; at < this.#at + length; at++) if (!(this.#bytes[at]! < 0x80)) return false;
    return this.#atom(length);
  }

  #expect(count: number): boolean {
    this.#pending += count;
    return true;
  }

  #skip(length: number): boolean {
    this.#at += length;
    return true;
  }

  #uint8(): number {
    return this.#bytes[this.#at++]!;
  }

  #uint16(): number {
    return (this.#uint8() << 8) | this.#uint8();
  }

  #uint32(): number {
    this.#at += 4;
    return uint32At(this.#bytes, this.#at - 4);
  }
}
