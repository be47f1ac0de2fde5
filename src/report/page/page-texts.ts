import { printable, textLines } from "../printable.ts";

/** No text is longer at first. */
const MOST_CHARACTERS = 128 * 1024;

/** So much of each is there in any case. */
const LEAST_CHARACTERS = 64;

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
    const texts = [...this.#indexes.keys()];
    const most = limitFor(texts);
    return texts.map((text) => readable(text.slice(0, most)) + whatIsLeft(text.length - most));
  }
}

/** How many characters of each text may stand in a page that holds all of them. */
function limitFor(texts: readonly string[]): number {
  const sizes = texts.map((text) => sizeOf(text.slice(0, MOST_CHARACTERS)));
  for (let most = MOST_CHARACTERS; most > LEAST_CHARACTERS; most /= 2) {
    const size = sizes.reduce((sum, bytes, index) => {
      const length = Math.min(texts[index]?.length ?? 0, MOST_CHARACTERS);
      return sum + (length <= most ? bytes : (bytes * most) / length);
    }, 0);
    if (size <= MOST_BYTES) return most;
  }
  return LEAST_CHARACTERS;
}

function readable(text: string): string {
  return textLines(text).map(printable).join("\n");
}

function whatIsLeft(characters: number): string {
  return characters > 0 ? `\n[… ${characters} more characters are in the JSON report]` : "";
}

/** What a text takes as JSON in a page, where `<` takes six characters, and a tab is four blanks. */
function sizeOf(text: string): number {
  let more = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case "<":
        more += 5;
        break;
      case "\t":
        more += 3;
        break;
      case '"':
      case "\\":
      case "\n":
        more++;
        break;
      default:
    }
  }
  return Buffer.byteLength(text) + more;
}
