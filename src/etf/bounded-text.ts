/** Stands where text was left out. */
const CUT_MARK = "…";

/** Text that is written piece by piece and never gets longer or deeper than it may. */
export class BoundedText {
  readonly #pieces: string[] = [];
  readonly #maxDepth: number;
  #depth = 0;
  /** How many characters may still be written. */
  remaining: number;
  /** Whether something was left out because there was no room for it. */
  isCut = false;

  constructor({ maxLength, maxDepth }: { maxLength: number; maxDepth: number }) {
    this.remaining = maxLength;
    this.#maxDepth = maxDepth;
  }

  write(text: string): void {
    if (this.isCut) return;
    if (text.length > this.remaining) {
      this.isCut = true;
      this.#pieces.push(wholeCharacters(text.slice(0, this.remaining)), CUT_MARK);
      return;
    }
    this.remaining -= text.length;
    this.#pieces.push(text);
  }

  /** Writes the items with `separator` between them. */
  writeAll<Item>(items: readonly Item[], separator: string, writeItem: (item: Item) => void): void {
    for (let index = 0; index < items.length && !this.isCut; index++) {
      if (index > 0) this.write(separator);
      writeItem(items[index] as Item);
    }
  }

  /** Writes what `writeInside` writes, or a mark where that would be too deep. */
  nest(open: string, close: string, writeInside: () => void): void {
    this.write(open);
    if (this.#depth >= this.#maxDepth) {
      this.write(CUT_MARK);
    } else {
      this.#depth++;
      writeInside();
      this.#depth--;
    }
    this.write(close);
  }

  toString(): string {
    return this.#pieces.join("");
  }
}

function wholeCharacters(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
