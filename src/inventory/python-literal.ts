import type { Data } from "../etf/data.ts";
import { Float } from "../etf/term.ts";

/**
 * Reads the literals of Python that may be the value of an INI variable: numbers, `True`, `False`, `None`,
 * strings, lists, tuples and dictionaries of them.
 *
 * @returns undefined if the text is something else, and so counts as text
 */
export function parsePythonLiteral(text: string): { readonly data: Data } | undefined {
  const parser = new LiteralParser(text);
  try {
    return { data: parser.parse() };
  } catch (error) {
    if (error instanceof NoLiteral) return undefined;
    throw error;
  }
}

class NoLiteral extends Error {
  override readonly name = "NoLiteral";
}

const NUMBER =
  /[+-]?(?:0[xX](?<hex>[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)|0[oO](?<octal>[0-7]+(?:_[0-7]+)*)|0[bB](?<binary>[01]+(?:_[01]+)*)|(?<decimal>(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+)?))(?![\w.])/uy;
const WORDS: ReadonlyMap<string, Data> = new Map<string, Data>([
  ["True", true],
  ["False", false],
  ["None", null],
]);
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const MAX_DEPTH = 100;

class LiteralParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Data {
    const data = this.#value();
    this.#skip();
    if (this.#at < this.#text.length && this.#text[this.#at] !== "#") throw new NoLiteral();
    return data;
  }

  #value(): Data {
    this.#skip();
    if (++this.#depth > MAX_DEPTH) throw new NoLiteral();
    const character = this.#text[this.#at] ?? "";
    const data =
      character === "["
        ? this.#items("]")
        : character === "("
          ? this.#tuple()
          : character === "{"
            ? this.#dictionary()
            : character === "'" || character === '"'
              ? this.#string()
              : this.#wordOrNumber();
    this.#depth--;
    return data;
  }

  #tuple(): Data {
    const start = this.#at;
    const items = this.#items(")");
    // Parentheses round one value without a comma group it and make no tuple.
    const isGroup = items.length === 1 && !/,\s*\)$/u.test(this.#text.slice(start, this.#at));
    return isGroup ? (items[0] ?? null) : items;
  }

  #items(close: string): readonly Data[] {
    const items: Data[] = [];
    this.#at++;
    while (!this.#takes(close)) {
      items.push(this.#value());
      if (this.#takes(close)) break;
      this.#expect(",");
    }
    return items;
  }

  #dictionary(): Data {
    const entries = Object.create(null) as Record<string, Data>;
    this.#at++;
    while (!this.#takes("}")) {
      const key = this.#value();
      if (typeof key !== "string" && typeof key !== "number" && typeof key !== "boolean")
        throw new NoLiteral();
      this.#expect(":");
      entries[String(key)] = this.#value();
      if (this.#takes("}")) break;
      this.#expect(",");
    }
    return entries;
  }

  #string(): string {
    const mark = this.#text[this.#at] ?? "";
    let text = "";
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? "";
      if (character === mark) {
        this.#at++;
        return text;
      }
      text += character === "\\" ? this.#escape() : character;
    }
    throw new NoLiteral();
  }

  #escape(): string {
    const code = /x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/uy;
    code.lastIndex = this.#at + 1;
    const match = code.exec(this.#text);
    if (match !== null) {
      const point = Number.parseInt(match[1] ?? match[2] ?? match[3] ?? "", 16);
      if (point > 0x10_ff_ff) throw new NoLiteral();
      this.#at += match[0].length;
      return String.fromCodePoint(point);
    }
    this.#at++;
    const letter = this.#text[this.#at] ?? "";
    return ESCAPES[letter] ?? `\\${letter}`;
  }

  #wordOrNumber(): Data {
    const word = /[A-Za-z]+/uy;
    word.lastIndex = this.#at;
    const name = word.exec(this.#text)?.[0];
    if (name !== undefined) {
      const value = WORDS.get(name);
      if (value === undefined) throw new NoLiteral();
      this.#at += name.length;
      return value;
    }
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw new NoLiteral();
    this.#at += match[0].length;
    return numberOf(match[0].replaceAll("_", ""));
  }

  #skip(): void {
    while (/\s/u.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #takes(character: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#takes(character)) throw new NoLiteral();
  }
}

function numberOf(text: string): Data {
  const sign = text.startsWith("-") ? -1n : 1n;
  const digits = text.replace(/^[+-]/u, "");
  if (/^(?:0[xob]|[0-9]+$)/iu.test(digits)) {
    // 0644 is no number in Python.
    if (/^0[0-9]*[1-9]/u.test(digits)) throw new NoLiteral();
    const value = sign * BigInt(digits);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  const value = Number(text);
  if (!Number.isFinite(value)) throw new NoLiteral();
  return new Float(value);
}
