import { DocumentError } from "./document-error.ts";
import { MAX_DEPTH } from "./max-depth.ts";
import type { DocumentNode, MappingEntry, ScalarNode } from "./node.ts";
import { problemAt } from "./problem-at.ts";
import { quote } from "./quote.ts";
import type { SourceFile } from "./source-file.ts";

/**
 * Parses a JSON document into nodes, so that numbers stay what was written: `1.0` is a float, and integers have
 * any size.
 *
 * @throws {DocumentError} with the first mistake
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
export function parseJson(file: SourceFile): DocumentNode {
  return new JsonParser(file).parse();
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?<fraction>(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)/uy;
const WORDS = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

/** Space, tab, line feed, carriage return. */
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);

class JsonParser {
  readonly #file: SourceFile;
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(file: SourceFile) {
    this.#file = file;
    this.#text = file.text;
  }

  parse(): DocumentNode {
    const node = this.#value();
    this.#skip();
    if (this.#at < this.#text.length) throw this.#mistake("Something follows the end of the JSON value");
    return node;
  }

  #value(): DocumentNode {
    this.#skip();
    const character = this.#text[this.#at];
    if (character === '"') return this.#string();
    if (character !== "{" && character !== "[") return this.#numberOrWord();
    if (++this.#depth > MAX_DEPTH) {
      throw this.#mistake(`Lists and mappings nest deeper than ${MAX_DEPTH} levels here`);
    }
    const node = character === "{" ? this.#mapping() : this.#sequence();
    this.#depth--;
    return node;
  }

  #mapping(): DocumentNode {
    const start = this.#at++;
    const entries: MappingEntry[] = [];
    const keys = new Set<string>();
    for (let isFirst = true; !this.#takes("}"); isFirst = false) {
      if (!isFirst) this.#expect(",");
      this.#skip();
      if (this.#text[this.#at] !== '"') throw this.#mistake("Expected a key in double quotes");
      const key = this.#string();
      if (keys.has(key.source)) throw this.#mistake(`Duplicate key ${quote(key.source)}`, key.range[0]);
      keys.add(key.source);
      this.#expect(":");
      entries.push({ key, value: this.#value() });
    }
    return { kind: "mapping", entries, tag: undefined, range: [start, this.#at] };
  }

  #sequence(): DocumentNode {
    const start = this.#at++;
    const items: DocumentNode[] = [];
    for (let isFirst = true; !this.#takes("]"); isFirst = false) {
      if (!isFirst) this.#expect(",");
      items.push(this.#value());
    }
    return { kind: "sequence", items, tag: undefined, range: [start, this.#at] };
  }

  #string(): ScalarNode {
    const start = this.#at;
    let end = start + 1;
    for (; this.#text[end] !== '"'; end += this.#text[end] === "\\" ? 2 : 1) {
      if (end >= this.#text.length) throw this.#mistake("The text that starts here is not closed");
    }
    this.#at = end + 1;
    return scalar(this.#unescaped(start, this.#at), [start, this.#at]);
  }

  #unescaped(start: number, end: number): string {
    try {
      return JSON.parse(this.#text.slice(start, end)) as string;
    } catch {
      throw this.#mistake("This text has an escape or a control character that JSON does not have", start);
    }
  }

  #numberOrWord(): ScalarNode {
    const start = this.#at;
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, start)) continue;
      this.#at += word.length;
      return { ...scalar(word, [start, this.#at]), value };
    }
    NUMBER.lastIndex = start;
    const match = NUMBER.exec(this.#text);
    if (match === null)
      throw this.#mistake(start < this.#text.length ? "This is no JSON" : "The JSON ends too early");
    const [source] = match;
    this.#at += source.length;
    const range = [start, this.#at] as const;
    if (match.groups?.["fraction"] !== "")
      return { ...scalar(source, range), value: Number(source), isFloat: true };
    const number = source === "-0" ? 0 : Number(source);
    return { ...scalar(source, range), value: Number.isSafeInteger(number) ? number : BigInt(source) };
  }

  #skip(): void {
    while (SPACES.has(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #takes(character: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#takes(character)) throw this.#mistake(`Expected ${quote(character)}`);
  }

  #mistake(message: string, at: number = this.#at): DocumentError {
    return new DocumentError([problemAt(this.#file, Math.min(at, this.#text.length), message)]);
  }
}

function scalar(text: string, range: ScalarNode["range"]): ScalarNode {
  return { kind: "scalar", value: text, isFloat: false, source: text, tag: undefined, range };
}
