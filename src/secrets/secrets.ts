import { isUtf8 } from "node:buffer";
import { TermList, type Data } from "../etf/data.ts";
import { secretsIn } from "../etf/secret-data.ts";
import { Atom, Float, isTermNode, MapTerm, Tuple } from "../etf/term.ts";
import { MASK, Secret } from "../secret.ts";

/** Shorter texts stand in too much that is no secret. */
const SHORTEST_BYTES = 4;

/** They say nothing, and are in everything. */
const COMMON: ReadonlySet<string> = new Set(["true", "false", "null"]);

/**
 * So many texts of what steps with `no_log` gave are looked for in all that is shown; the results themselves are
 * hidden wherever they stand. To look for more would take longer than the run.
 */
const MOST_OF_RESULTS = 10_000;

/** What must not be shown or written: what was decrypted, typed in private, or said to be secret. */
export class Secrets {
  readonly #texts: Set<string> = new Set();
  /** Those of binaries that are no text, each byte as a character. */
  readonly #binaries: Set<string> = new Set();
  #compiled: Compiled | undefined;
  #ofResults = 0;

  /** Whether there is nothing to hide. */
  get isEmpty(): boolean {
    return this.#texts.size === 0;
  }

  /** Adds each line of a text: of a key of several lines, one alone tells enough. */
  add(text: string): void {
    this.#addLines(text, Number.POSITIVE_INFINITY);
  }

  /** Adds the texts, atoms and numbers of a value, however deep; names of keys are none. */
  addData(data: Data): void {
    this.#addPart(data, { atoms: true, most: Number.POSITIVE_INFINITY });
  }

  /** Adds the texts and numbers of what a step gave. Its atoms say how it went, and stand in much else. */
  addResult(data: Data): void {
    const before = this.#texts.size;
    this.#addPart(data, { atoms: false, most: before + MOST_OF_RESULTS - this.#ofResults });
    this.#ofResults += this.#texts.size - before;
  }

  /** Adds the secrets that stand in a value, and nothing else of it. */
  addSecretsIn(data: Data): void {
    for (const secret of secretsIn(data)) this.addData(secret);
  }

  #addPart(data: Data, which: Which): void {
    if (this.#texts.size >= which.most) return;
    if (typeof data === "string") this.#addLines(data, which.most);
    else if (data instanceof Secret) this.#addPart(data.reveal(), which);
    else if (typeof data === "number" || typeof data === "bigint") this.add(String(data));
    else if (data instanceof Uint8Array) this.#addBytes(data, which.most);
    else if (data instanceof Float) this.add(String(data.value));
    else if (data instanceof Atom) {
      if (which.atoms) this.add(data.name);
    } else if (data instanceof Tuple) this.#addAll(data.elements, which);
    else if (data instanceof TermList) this.#addList(data.elements, which);
    else if (data instanceof MapTerm)
      this.#addAll(
        data.entries.map(([, value]) => value),
        which,
      );
    else if (isSequence(data)) this.#addList(data, which);
    else if (typeof data === "object" && data !== null && !isTermNode(data))
      this.#addAll(Object.values(data), which);
  }

  /** Hides the secrets in a text, also in quotes, where some of their characters have a backslash before them. */
  mask(text: string): string {
    return this.isEmpty ? text : maskAll(text, this.#patterns.text);
  }

  /** Hides the secrets in bytes, each of which is a character of `bytes`. */
  maskLatin1(bytes: string): string {
    return this.isEmpty ? bytes : maskAll(bytes, this.#patterns.bytes);
  }

  /** Whether a number is written as a secret is. */
  hasNumber(number: number | bigint): boolean {
    return this.#texts.has(String(number));
  }

  /**
   * How much of a text can be shown before the text after it is known: the rest may be the beginning of a
   * secret.
   */
  certainLength(text: string): number {
    const { prefixes, longest, text: pattern } = this.#patterns;
    for (const { start, end } of findLong(text, pattern.long)) if (end === text.length) return start;
    let length = text.length;
    for (let size = Math.min(longest - 1, text.length); size > 0; size--) {
      if (!prefixes.has(text.slice(-size))) continue;
      length = text.length - size;
      break;
    }
    // A secret is hidden whole, whatever may begin inside of it.
    for (const { 0: found, index } of text.matchAll(pattern.short)) {
      if (index < length && index + found.length > length) return index + found.length;
    }
    return length;
  }

  get #patterns(): Compiled {
    return (this.#compiled ??= compile(this.#texts, this.#binaries));
  }

  #addLines(text: string, most: number): void {
    for (const line of text.split(/[\r\n]+/u)) {
      if (this.#texts.size >= most) return;
      this.#addText(line.trim());
    }
  }

  #addText(text: string): void {
    if (Buffer.byteLength(text) < SHORTEST_BYTES || COMMON.has(text)) return;
    // To compile them takes long, and most are told of again and again.
    if (this.#texts.has(text)) return;
    this.#texts.add(text);
    this.#compiled = undefined;
  }

  /** Bytes that are no text have no lines. They are shown as they are, in base64, and as what readers make of them. */
  #addBytes(data: Uint8Array, most: number): void {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (isUtf8(bytes)) return this.#addLines(bytes.toString("utf8"), most);
    if (bytes.length < SHORTEST_BYTES) return;
    this.#addText(bytes.toString("base64"));
    this.#addText(bytes.toString("utf8"));
    this.#binaries.add(bytes.toString("latin1"));
    this.#compiled = undefined;
  }

  #addAll(parts: readonly Data[], which: Which): void {
    for (const part of parts) this.#addPart(part, which);
  }

  /** A list of characters may be meant as text. */
  #addList(elements: readonly Data[], which: Which): void {
    this.#addAll(elements, which);
    if (!elements.every(isCharacter)) return;
    this.add(elements.map((element) => String.fromCodePoint(element)).join(""));
  }
}

interface Which {
  readonly atoms: boolean;
  /** How many texts there may be in the end. */
  readonly most: number;
}

function isSequence(data: Data): data is readonly Data[] {
  return Array.isArray(data);
}

function isCharacter(data: Data): data is number {
  return typeof data === "number" && Number.isInteger(data) && data >= 0 && data <= 0x10_ff_ff;
}

/** Of longer texts the beginning is looked for, and as much as follows of it: a pattern has its limits. */
const LONG_CHARACTERS = 200;

interface Pattern {
  /** Finds any of the texts that are not long. */
  readonly short: RegExp;
  readonly long: readonly string[];
}

interface Compiled {
  readonly text: Pattern;
  readonly bytes: Pattern;
  /** All beginnings of secrets, of long ones as far as they are not told by themselves. */
  readonly prefixes: ReadonlySet<string>;
  /** Length of the longest one of these, and one more. */
  readonly longest: number;
}

function compile(secrets: ReadonlySet<string>, binaries: ReadonlySet<string>): Compiled {
  const texts = [...new Set([...secrets].flatMap((secret) => [secret, quoted(secret)]))];
  const prefixes = new Set<string>();
  let longest = 0;
  for (const text of texts) {
    const length = Math.min(text.length, LONG_CHARACTERS);
    for (let end = 1; end < length; end++) prefixes.add(text.slice(0, end));
    longest = Math.max(longest, length);
  }
  return {
    text: patternOf(texts),
    bytes: patternOf([...texts.map((text) => Buffer.from(text).toString("latin1")), ...binaries]),
    prefixes,
    longest,
  };
}

function patternOf(texts: readonly string[]): Pattern {
  return {
    short: anyOf(texts.filter((text) => text.length < LONG_CHARACTERS)),
    long: texts.filter((text) => text.length >= LONG_CHARACTERS),
  };
}

/** Hides long texts first: short ones may stand in them. */
function maskAll(text: string, { short, long }: Pattern): string {
  let masked = "";
  let rest = 0;
  for (const { start, end } of findLong(text, long)) {
    if (end <= rest) continue;
    masked += text.slice(rest, Math.max(rest, start)) + MASK;
    rest = end;
  }
  return (masked + text.slice(rest)).replace(short, MASK);
}

/** Where long texts stand in another one, or as much of them as follows their beginnings, in order. */
function findLong(text: string, long: readonly string[]): { start: number; end: number }[] {
  if (text.length < LONG_CHARACTERS) return [];
  return long
    .flatMap((secret) => {
      const found: { start: number; end: number }[] = [];
      const beginning = secret.slice(0, LONG_CHARACTERS);
      for (let at = text.indexOf(beginning); at >= 0;) {
        const end = at + commonLength(text, at, secret);
        found.push({ start: at, end });
        at = text.indexOf(beginning, end);
      }
      return found;
    })
    .toSorted((one, other) => one.start - other.start || other.end - one.end);
}

function commonLength(text: string, start: number, secret: string): number {
  let length = LONG_CHARACTERS;
  while (length < secret.length && text.charCodeAt(start + length) === secret.charCodeAt(length)) length++;
  return length;
}

/** As a text is written inside of quotes. */
function quoted(text: string): string {
  return text.replaceAll(/["\\]/gu, String.raw`\$&`);
}

/** Finds any of the texts, the longest one where several begin at one place. */
function anyOf(texts: readonly string[]): RegExp {
  if (texts.length === 0) return /(?!)/g;
  const longestFirst = texts.toSorted((a, b) => b.length - a.length);
  return new RegExp(
    longestFirst.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)).join("|"),
    "g",
  );
}
