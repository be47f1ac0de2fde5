import { TermList, type Data } from "../etf/data.ts";
import { secretsIn } from "../etf/secret-data.ts";
import { Atom, Float, isTermNode, MapTerm, Tuple } from "../etf/term.ts";
import { MASK, Secret } from "../secret.ts";

/** Shorter texts stand in too much that is no secret. */
const SHORTEST_BYTES = 4;

/** They say nothing, and are in everything. */
const COMMON: ReadonlySet<string> = new Set(["true", "false", "null"]);

/** What must not be shown or written: what was decrypted, typed in private, or said to be secret. */
export class Secrets {
  readonly #texts: Set<string> = new Set();
  #compiled: Compiled | undefined;

  /** Whether there is nothing to hide. */
  get isEmpty(): boolean {
    return this.#texts.size === 0;
  }

  /** Adds each line of a text: of a key of several lines, one alone tells enough. */
  add(text: string): void {
    for (const line of text.split(/[\r\n]+/u)) {
      const trimmed = line.trim();
      if (Buffer.byteLength(trimmed) < SHORTEST_BYTES || COMMON.has(trimmed)) continue;
      // To compile them takes long, and most are told of again and again.
      if (this.#texts.has(trimmed)) continue;
      this.#texts.add(trimmed);
      this.#compiled = undefined;
    }
  }

  /** Adds the texts, atoms and numbers of a value, however deep; names of keys are none. */
  addData(data: Data): void {
    this.#addPart(data, { atoms: true });
  }

  /** Adds the texts and numbers of what a step gave. Its atoms say how it went, and stand in much else. */
  addResult(data: Data): void {
    this.#addPart(data, { atoms: false });
  }

  /** Adds the secrets that stand in a value, and nothing else of it. */
  addSecretsIn(data: Data): void {
    for (const secret of secretsIn(data)) this.addData(secret);
  }

  #addPart(data: Data, which: Which): void {
    if (typeof data === "string") this.add(data);
    else if (data instanceof Secret) this.#addPart(data.reveal(), which);
    else if (typeof data === "number" || typeof data === "bigint") this.add(String(data));
    else if (data instanceof Uint8Array) this.add(Buffer.from(data).toString("utf8"));
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
    return this.isEmpty ? text : text.replace(this.#patterns.text, MASK);
  }

  /** Hides the secrets in bytes, each of which is a character of `bytes`. */
  maskLatin1(bytes: string): string {
    return this.isEmpty ? bytes : bytes.replace(this.#patterns.bytes, MASK);
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
    let length = text.length;
    for (let size = Math.min(longest - 1, text.length); size > 0; size--) {
      if (!prefixes.has(text.slice(-size))) continue;
      length = text.length - size;
      break;
    }
    // A secret is hidden whole, whatever may begin inside of it.
    for (const { 0: found, index } of text.matchAll(pattern)) {
      if (index < length && index + found.length > length) return index + found.length;
    }
    return length;
  }

  get #patterns(): Compiled {
    return (this.#compiled ??= compile(this.#texts));
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
}

function isSequence(data: Data): data is readonly Data[] {
  return Array.isArray(data);
}

function isCharacter(data: Data): data is number {
  return typeof data === "number" && Number.isInteger(data) && data >= 0 && data <= 0x10_ff_ff;
}

interface Compiled {
  readonly text: RegExp;
  readonly bytes: RegExp;
  /** All beginnings of secrets. */
  readonly prefixes: ReadonlySet<string>;
  /** Length of the longest one. */
  readonly longest: number;
}

function compile(secrets: ReadonlySet<string>): Compiled {
  const texts = [...new Set([...secrets].flatMap((secret) => [secret, quoted(secret)]))];
  const prefixes = new Set<string>();
  for (const text of texts) for (let end = 1; end < text.length; end++) prefixes.add(text.slice(0, end));
  return {
    text: anyOf(texts),
    bytes: anyOf(texts.map((text) => Buffer.from(text).toString("latin1"))),
    prefixes,
    longest: Math.max(0, ...texts.map((text) => text.length)),
  };
}

/** As a text is written inside of quotes. */
function quoted(text: string): string {
  return text.replaceAll(/["\\]/gu, String.raw`\$&`);
}

/** Finds any of the texts, the longest one where several begin at one place. */
function anyOf(texts: readonly string[]): RegExp {
  const longestFirst = texts.toSorted((a, b) => b.length - a.length);
  return new RegExp(
    longestFirst.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)).join("|"),
    "g",
  );
}
