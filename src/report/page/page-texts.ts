import { printable, textLines } from "../printable.ts";

/** No text is longer at first. */
const MOST_CHARACTERS = 128 * 1024;

/** What all texts together may take in the page, which is to open at once. */
const MOST_BYTES = 15 * 1024 * 1024;

/** Collects texts of a report, each once. */
export class PageTexts {
  readonly #indexes: Map<string, number> = new Map();

  /** Gives the index of a text; undefined of an empty one. */
  add(text: string): number | undefined {
    if (text === "") return undefined;
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    const index = this.#indexes.size;
    this.#indexes.set(text, index);
    return index;
  }

  /** The texts by their index, without control characters, and so short that a page can hold them. */
  all(): string[] {
    const texts = Array.from(this.#indexes.keys(), (text) => readable(cut(text, MOST_CHARACTERS)));
    const sizes = texts.map(sizeOf);
    for (let most = MOST_CHARACTERS; most > 64; most /= 2) {
      const size = sizes.reduce((sum, bytes, index) => {
        const length = texts[index]?.length ?? 0;
        return sum + (length <= most ? bytes : (bytes * most) / length);
      }, 0);
      if (size <= MOST_BYTES) return texts.map((text) => cut(text, most));
    }
    return texts.map((text) => cut(text, 64));
  }
}

function readable(text: string): string {
  return textLines(text).map(printable).join("\n");
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most)}\n[… ${text.length - most} more characters are in the JSON report]`;
}

/** What a text takes as JSON in a page, where `<` takes six characters. */
function sizeOf(text: string): number {
  const signs = text.match(/["\\\n]/g)?.length ?? 0;
  const less = text.match(/</g)?.length ?? 0;
  return Buffer.byteLength(text) + signs + 5 * less;
}
