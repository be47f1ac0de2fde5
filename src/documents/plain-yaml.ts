import type { DocumentNode, MappingEntry, MappingNode, ScalarNode } from "./node.ts";
import { keyText } from "./key-text.ts";

/** What a plain scalar stands for. */
export type PlainValue = null | boolean | number | bigint | string;

/** What a plain scalar stands for; a float is told from an integer by `isFloat`. */
export interface ResolvedScalar {
  readonly value: PlainValue;
  readonly isFloat: boolean;
}

/** Options of {@linkcode parsePlainYaml}. */
export interface PlainYamlOptions {
  /** What a plain scalar stands for. */
  readonly resolve: (plain: string) => ResolvedScalar;
  /**
   * Whether a key that is no text is called what it stands for: `no` is "false", `010` is "8".
   *
   * @default true
   */
  readonly keysByValue?: boolean;
}

/**
 * Reads the part of YAML that most files are written in, in a tenth of the time that the whole language takes:
 * block mappings and lists, flow collections of one line, texts of one line, comments. It gives the nodes that the
 * YAML parser gives.
 *
 * @returns undefined where the text holds anything else, a mistake among others: then the YAML parser is to read it
 */
export function parsePlainYaml(text: string, options: PlainYamlOptions): DocumentNode | undefined {
  if (UNUSUAL.test(text) || hasLongLine(text)) return undefined;
  try {
    return new PlainYamlParser(text, options).parse();
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

/** The regular expressions below go back over as much as they have read, for which there is not room without end. */
const MAX_LINE = 10_000;

function hasLongLine(text: string): boolean {
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    if (end - start > MAX_LINE) return true;
    start = end + 1;
  }
  return false;
}

class NotPlain extends Error {
  override readonly name = "NotPlain";
}

/** Tabs, other line ends, control characters, and what has no place in a text. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const UNUSUAL = /[\0-\t\v-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]/;

const MAX_DEPTH = 50;

/** Without spaces, so that where it ends is beyond doubt; a colon belongs to it where no space follows. */
const PLAIN_KEY = /[A-Za-z0-9_./\u00c0-\ud7ff](?:[^\s:#]|:(?=[^\s]))*(?=:(?:[ \n]|$))/y;
const QUOTED_KEY = /(?:"(?<double>[^"\\\n]*)"|'(?<single>[^'\n]*)')(?=:(?:[ \n]|$))/y;
const QUOTED = /(?:"(?<double>[^"\\\n]*)"|'(?<single>[^'\n]*)'(?!'))/y;
/** To the end of the line, or to a comment. */
const PLAIN =
  /(?:[A-Za-z0-9_./~+$(=;^<\u00c0-\ud7ff]|-(?=[^\s-]))(?:[^\s:#]|:(?=[^\s])|#(?<=[^\s]#)| +(?=[^\s#:]))*/y;
const FLOW_KEY = /[A-Za-z0-9_./\u00c0-\ud7ff](?:[^\s:#,[\]{}]|:(?=[^\s,[\]{}]))*(?=: )/y;
const FLOW_PLAIN =
  /(?:[A-Za-z0-9_./~+\u00c0-\ud7ff]|-(?=[\w.]))(?:[^\s:#,[\]{}]|:(?=[^\s,[\]{}])| +(?=[^\s#:,[\]{}]))*/y;
/** What may follow a value on its line. */
const REST = / *(?: #[^\n]*)?(?=\n|$)/y;
const SPACES = / */y;
const DOCUMENT_START = /---(?= *(?: #[^\n]*)?(?:\n|$))/y;

class PlainYamlParser {
  readonly #text: string;
  readonly #resolve: PlainYamlOptions["resolve"];
  readonly #keysByValue: boolean;
  /** Where the text of the current line begins, behind its indentation. */
  #at = 0;
  /** Columns before it; -1 at the end of the text. */
  #indent = -1;
  #depth = 0;

  constructor(text: string, { resolve, keysByValue = true }: PlainYamlOptions) {
    this.#text = text;
    this.#resolve = resolve;
    this.#keysByValue = keysByValue;
  }

  parse(): DocumentNode {
    this.#goToLine(0);
    if (this.#indent === 0 && this.#matches(DOCUMENT_START)) this.#nextLine(this.#at + 3);
    if (this.#indent !== 0) throw new NotPlain();
    const root = this.#block();
    if (!this.#isAtEnd()) throw new NotPlain();
    return root;
  }

  #isAtEnd(): boolean {
    return this.#indent === -1;
  }

  /** A mapping or list whose lines begin in the column of the current one. */
  #block(): DocumentNode {
    if (++this.#depth > MAX_DEPTH) throw new NotPlain();
    const node = this.#atDash() ? this.#sequence(this.#indent) : this.#mapping(this.#indent);
    this.#depth--;
    return node;
  }

  #mapping(indent: number): MappingNode {
    const start = this.#at;
    const entries: MappingEntry[] = [];
    const keys = new Set<string>();
    while (this.#indent === indent && !this.#atDash()) {
      const key = this.#key(PLAIN_KEY, QUOTED_KEY);
      const name = keyText(key);
      if (keys.has(name)) throw new NotPlain();
      keys.add(name);
      entries.push({ key, value: this.#valueAfter(key.range[1] + 1, indent) });
    }
    const [first] = entries;
    if (first === undefined || this.#indent > indent) throw new NotPlain();
    return {
      kind: "mapping",
      entries,
      tag: undefined,
      range: [start, entries.at(-1)?.value.range[1] ?? start],
    };
  }

  /** @param at behind the colon of a key in the column `indent` */
  #valueAfter(at: number, indent: number): DocumentNode {
    const inline = this.#inlineAt(at, indent);
    if (inline !== undefined) return inline;
    if (this.#indent > indent || (this.#indent === indent && this.#atDash())) return this.#block();
    return this.#nothing(at);
  }

  #sequence(indent: number): DocumentNode {
    const start = this.#at;
    const items: DocumentNode[] = [];
    while (this.#indent === indent && this.#atDash()) items.push(this.#item(indent));
    if (this.#indent > indent) throw new NotPlain();
    return { kind: "sequence", items, tag: undefined, range: [start, items.at(-1)?.range[1] ?? start] };
  }

  #item(indent: number): DocumentNode {
    const behind = this.#at + 1;
    const content = this.#skip(SPACES, behind);
    if (this.#isKeyAt(content)) {
      // The mapping begins on the line of the dash.
      this.#indent += content - this.#at;
      this.#at = content;
      return this.#block();
    }
    const inline = this.#inlineAt(behind, indent);
    if (inline !== undefined) return inline;
    return this.#indent > indent ? this.#block() : this.#nothing(behind);
  }

  /**
   * Reads a value that begins on the current line and goes to the next line; undefined where there is none.
   *
   * @param at behind the colon or dash
   */
  #inlineAt(at: number, indent: number): DocumentNode | undefined {
    REST.lastIndex = at;
    if (REST.test(this.#text)) {
      this.#nextLine(at);
      return undefined;
    }
    const start = this.#skip(SPACES, at);
    const node = this.#isFlowAt(start) ? this.#flow(start) : this.#scalar(start, PLAIN);
    const end = node.range[1];
    REST.lastIndex = end;
    if (!REST.test(this.#text)) throw new NotPlain();
    this.#nextLine(end);
    // A line that is indented deeper goes on with the value.
    if (this.#indent > indent) throw new NotPlain();
    return node;
  }

  #flow(start: number): DocumentNode {
    if (++this.#depth > MAX_DEPTH) throw new NotPlain();
    const node = this.#text[start] === "{" ? this.#flowMapping(start) : this.#flowSequence(start);
    this.#depth--;
    return node;
  }

  #flowMapping(start: number): DocumentNode {
    const entries: MappingEntry[] = [];
    const keys = new Set<string>();
    let at = this.#skip(SPACES, start + 1);
    while (this.#text[at] !== "}") {
      this.#at = at;
      const key = this.#key(FLOW_KEY, QUOTED_KEY);
      const name = keyText(key);
      if (keys.has(name)) throw new NotPlain();
      keys.add(name);
      const value = this.#flowValue(this.#skip(SPACES, key.range[1] + 1));
      entries.push({ key, value });
      at = this.#separator(value.range[1], "}");
    }
    return { kind: "mapping", entries, tag: undefined, range: [start, at + 1] };
  }

  #flowSequence(start: number): DocumentNode {
    const items: DocumentNode[] = [];
    let at = this.#skip(SPACES, start + 1);
    while (this.#text[at] !== "]") {
      const item = this.#flowValue(at);
      items.push(item);
      at = this.#separator(item.range[1], "]");
    }
    return { kind: "sequence", items, tag: undefined, range: [start, at + 1] };
  }

  #flowValue(at: number): DocumentNode {
    return this.#isFlowAt(at) ? this.#flow(at) : this.#scalar(at, FLOW_PLAIN);
  }

  /** Goes over a comma, or to the closing bracket. */
  #separator(from: number, close: string): number {
    const at = this.#skip(SPACES, from);
    if (this.#text[at] === close) return at;
    if (this.#text[at] !== ",") throw new NotPlain();
    const next = this.#skip(SPACES, at + 1);
    // Two commas in a row stand round nothing, which is a mistake.
    if (this.#text[next] === ",") throw new NotPlain();
    return next;
  }

  #key(plain: RegExp, quoted: RegExp): ScalarNode {
    const key = this.#scalar(this.#at, plain, quoted);
    if (!this.#keysByValue || typeof key.value === "string" || key.isFloat) return key;
    return { ...key, source: String(key.value) };
  }

  #scalar(start: number, plain: RegExp, quoted: RegExp = QUOTED): ScalarNode {
    quoted.lastIndex = start;
    const { double, single } = quoted.exec(this.#text)?.groups ?? {};
    const inQuotes = double ?? single;
    if (inQuotes !== undefined) {
      const range = [start, start + inQuotes.length + 2] as const;
      return { kind: "scalar", value: inQuotes, isFloat: false, source: inQuotes, tag: undefined, range };
    }
    plain.lastIndex = start;
    const source = plain.exec(this.#text)?.[0];
    if (source === undefined) throw new NotPlain();
    const range = [start, start + source.length] as const;
    return { kind: "scalar", ...this.#resolve(source), source, tag: undefined, range };
  }

  #isKeyAt(at: number): boolean {
    for (const key of [PLAIN_KEY, QUOTED_KEY]) {
      key.lastIndex = at;
      if (key.test(this.#text)) return true;
    }
    return false;
  }

  #isFlowAt(at: number): boolean {
    return this.#text[at] === "{" || this.#text[at] === "[";
  }

  /** Whether the current line begins with the dash of a list. */
  #atDash(): boolean {
    if (this.#text[this.#at] !== "-") return false;
    const next = this.#text[this.#at + 1];
    return next === undefined || next === " " || next === "\n";
  }

  #matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #skip(pattern: RegExp, from: number): number {
    pattern.lastIndex = from;
    pattern.test(this.#text);
    return pattern.lastIndex;
  }

  /** Goes to the first line behind the one of `from` that is neither empty nor a comment. */
  #nextLine(from: number): void {
    const end = this.#text.indexOf("\n", from);
    if (end === -1) this.#indent = -1;
    else this.#goToLine(end + 1);
  }

  #goToLine(start: number): void {
    let line = start;
    while (line < this.#text.length) {
      const at = this.#skip(SPACES, line);
      const character = this.#text[at];
      if (character !== undefined && character !== "\n" && character !== "#") {
        this.#at = at;
        this.#indent = at - line;
        return;
      }
      const end = this.#text.indexOf("\n", at);
      if (end === -1) break;
      line = end + 1;
    }
    this.#indent = -1;
  }

  /** A value that was left out: only where it is beyond doubt at which place it is missing. */
  #nothing(at: number): ScalarNode {
    if (at < this.#text.length && this.#text[at] !== "\n") throw new NotPlain();
    return { kind: "scalar", value: null, isFloat: false, source: "", tag: undefined, range: [at, at] };
  }
}
