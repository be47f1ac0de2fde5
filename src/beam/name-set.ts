/** One byte of a length, as most tables have it, and one of a first letter. */
const SHAPES = 256 * 256;

/**
 * Names of modules that atoms are compared with. Few of the many atoms of a module are names of
 * others, and most of the rest are told apart by length and first letter, before a text is made of
 * them.
 */
export class NameSet {
  /** Whether all names are ASCII. Then an atom with any other letter is none of them. */
  readonly isAscii: boolean;
  readonly #names: ReadonlySet<string>;
  readonly #shapes: Uint8Array = new Uint8Array(SHAPES);

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
    let isAscii = true;
    for (const name of this.#names) {
      this.#shapes[shapeOf(name.length, name.charCodeAt(0))] = 1;
      isAscii &&= !NOT_ASCII.test(name);
    }
    this.isAscii = isAscii;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Whether one of the names, which are ASCII, has this length and this first letter. */
  hasShape(length: number, first: number | undefined): boolean {
    return this.#shapes[shapeOf(length, length === 0 ? 0 : (first ?? 0))] === 1;
  }
}

const NOT_ASCII = /[^\u0000-\u007f]/;

function shapeOf(length: number, first: number): number {
  return (length & 0xff) * 256 + (first & 0xff);
}
