import type { NameSet } from "./name-set.ts";

/** A search for the names of a {@linkcode NameSet} in bytes. */
export class NameSearch {
  readonly bytes: Buffer;
  readonly #names: NameSet;
  /** Indexes of names, which may be found more than once. */
  readonly #found: number[];

  constructor(bytes: Buffer, names: NameSet, found: number[] = []) {
    this.bytes = bytes;
    this.#names = names;
    this.#found = found;
  }

  /** The names that were found, each once, in the order in which they were. */
  get found(): string[] {
    return this.#names.distinct(this.#found);
  }

  /** The same search, in bytes that some of these were made into. */
  inside(bytes: Buffer): NameSearch {
    return new NameSearch(bytes, this.#names, this.#found);
  }

  /** How much was found, for {@linkcode forget}. */
  get mark(): number {
    return this.#found.length;
  }

  /** Forgets what was found since. */
  forget(mark: number): void {
    this.#found.length = mark;
  }

  /** Looks at the atom that stands, as UTF-8, between two offsets. */
  look(start: number, end: number): void {
    const index = this.#names.indexAt(this.bytes, start, end);
    if (index >= 0) this.#found.push(index);
  }

  /** Looks at atoms that were decoded. */
  lookAt(atoms: Iterable<string>): void {
    for (const atom of atoms) {
      const index = this.#names.indexOf(atom);
      if (index >= 0) this.#found.push(index);
    }
  }
}
