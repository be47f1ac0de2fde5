import type { Data } from "../etf/data.ts";
import { Float } from "../etf/term.ts";
import { pythonFloat } from "./python-float.ts";

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
  /(?:0[xX](?<hex>(?:_?[0-9a-fA-F])+)|0[oO](?<octal>(?:_?[0-7])+)|0[bB](?<binary>(?:_?[01])+)|(?<decimal>(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?))(?![\w.])/uy;
/** What stands before a text, and the quotes round it. */
const OPENING = /(?<prefix>[rRuUbB]|[rR][bB]|[bB][rR])?(?<mark>'''|"""|'|")/uy;
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
    const first = this.#value();
    const data = this.#takes(",") ? [first, ...this.#rest()] : first;
    if (!this.#atEnd()) throw new NoLiteral();
    return data;
  }

  /** What follows the first comma of a tuple without parentheses. */
  #rest(): readonly Data[] {
    const items: Data[] = [];
    while (!this.#atEnd()) {
      items.push(this.#value());
      if (!this.#takes(",")) break;
    }
    return items;
  }

  #atEnd(): boolean {
    this.#skip();
    return this.#at >= this.#text.length || this.#text[this.#at] === "#";
  }

  #value(): Data {
    this.#skip();
    if (++this.#depth > MAX_DEPTH) throw new NoLiteral();
    const data = this.#container() ?? this.#strings() ?? this.#wordOrNumber();
    this.#depth--;
    return data;
  }

  #container(): Data | undefined {
    const character = this.#text[this.#at];
    if (character === "[") return this.#items("]");
    if (character === "(") return this.#tuple();
    return character === "{" ? this.#dictionary() : undefined;
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
      const key = keyText(this.#value());
      this.#expect(":");
      entries[key] = this.#value();
      if (this.#takes("}")) break;
      this.#expect(",");
    }
    return entries;
  }

  /** One text, or several in a row that make one. */
  #strings(): string | undefined {
    let text: string | undefined;
    for (;;) {
      OPENING.lastIndex = this.#at;
      const opening = OPENING.exec(this.#text);
      if (opening === null) return text;
      this.#at += opening[0].length;
      const { prefix = "", mark = "" } = opening.groups ?? {};
      text = (text ?? "") + this.#string(mark, /r/iu.test(prefix));
      this.#skip();
    }
  }

  #string(mark: string, isRaw: boolean): string {
    let text = "";
    while (this.#at < this.#text.length) {
      if (this.#text.startsWith(mark, this.#at)) {
        this.#at += mark.length;
        return text;
      }
      const character = this.#text[this.#at] ?? "";
      if (character === "\\" && isRaw) {
        // It protects a quote, and stays.
        text += this.#text.slice(this.#at, this.#at + 2);
        this.#at += 2;
      } else if (character === "\\") text += this.#escape();
      else {
        text += character;
        this.#at++;
      }
    }
    throw new NoLiteral();
  }

  #escape(): string {
    const code = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3}))/uy;
    code.lastIndex = this.#at;
    const match = code.exec(this.#text);
    if (match !== null) {
      const [escape, byte, short, long, octal] = match;
      const digits = byte ?? short ?? long;
      const point = digits === undefined ? Number.parseInt(octal ?? "", 8) : Number.parseInt(digits, 16);
      if (point > 0x10_ff_ff) throw new NoLiteral();
      this.#at += escape.length;
      return String.fromCodePoint(point);
    }
    const letter = this.#text[this.#at + 1] ?? "";
    // A name of a character would need Unicode's list of them; the others must have their digits.
    if (/[NxuU]/u.test(letter)) throw new NoLiteral();
    this.#at += 2;
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
    const sign = this.#takes("-") ? "-" : this.#takes("+") ? "+" : "";
    if (sign !== "") this.#skip();
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw new NoLiteral();
    this.#at += match[0].length;
    return numberOf(sign, match[0].replaceAll("_", ""));
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

function keyText(key: Data): string {
  if (typeof key === "string") return key;
  if (key instanceof Float) return pythonFloat(key.value);
  if (typeof key === "object" && key !== null) throw new NoLiteral();
  return String(key);
}

function numberOf(sign: string, digits: string): Data {
  if (/^(?:0[xob]|[0-9]+$)/iu.test(digits)) {
    // 0644 is no number in Python.
    if (/^0[0-9]*[1-9]/u.test(digits)) throw new NoLiteral();
    const value = (sign === "-" ? -1n : 1n) * BigInt(digits);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  const value = Number(sign + digits);
  if (!Number.isFinite(value)) throw new NoLiteral();
  return new Float(value);
}
