/** Slots for each name, so that few names share one. */
const SLOTS_PER_NAME = 4;

/**
 * Names of modules that atoms are compared with. Few of the many atoms of a module are names of
 * others, and no text is made of the rest: they are compared as bytes.
 */
export class NameSet {
  readonly #names: readonly string[];
  readonly #indexes: Map<string, number> = new Map();
  /** The names as UTF-8, one behind the other, and where each ends. */
  readonly #bytes: Uint8Array;
  readonly #ends: Uint32Array;
  /** A hash table with open addressing: 1 more than the index of a name, or 0. */
  readonly #slots: Uint32Array;
  /** In which call of `distinct` each name was given last. */
  readonly #givenBy: Uint32Array;
  #calls = 0;

  constructor(names: Iterable<string>) {
    this.#names = Array.from(new Set(names));
    this.#bytes = Buffer.from(this.#names.join(""), "utf8");
    this.#ends = new Uint32Array(this.#names.length);
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(this.#names.length * SLOTS_PER_NAME + 1)));
    this.#givenBy = new Uint32Array(this.#names.length);
    let end = 0;
    for (let index = 0; index < this.#names.length; index++) {
      const name = this.#names[index]!;
      this.#indexes.set(name, index);
      const start = end;
      end += Buffer.byteLength(name, "utf8");
      this.#ends[index] = end;
      let slot = this.#firstSlot(this.#bytes, start, end);
      while (this.#slots[slot] !== 0) slot = this.#nextSlot(slot);
      this.#slots[slot] = index + 1;
    }
  }

  has(name: string): boolean {
    return this.#indexes.has(name);
  }

  /** The index of a name, or -1. */
  indexOf(name: string): number {
    return this.#indexes.get(name) ?? -1;
  }

  /** The index of the name that stands, as UTF-8, between two offsets of `bytes`, or -1. */
  indexAt(bytes: Uint8Array, start: number, end: number): number {
    let slot = this.#firstSlot(bytes, start, end);
    for (let found = this.#slots[slot]!; found !== 0; found = this.#slots[slot]!) {
      if (this.#equals(found - 1, bytes, start, end)) return found - 1;
      slot = this.#nextSlot(slot);
    }
    return -1;
  }

  /** The names that have these indexes, each once. */
  distinct(indexes: readonly number[]): string[] {
    this.#calls++;
    const given: string[] = [];
    for (const index of indexes) {
      if (this.#givenBy[index] === this.#calls) continue;
      this.#givenBy[index] = this.#calls;
      given.push(this.#names[index]!);
    }
    return given;
  }

  #equals(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = index === 0 ? 0 : this.#ends[index - 1]!;
    if (this.#ends[index]! - from !== end - start) return false;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== this.#bytes[from + at - start]) return false;
    }
    return true;
  }

  /** FNV-1a, but for the last step, which brings the upper bits down. */
  #firstSlot(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    return (hash ^ (hash >>> 15)) & (this.#slots.length - 1);
  }

  #nextSlot(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }
}
