import { isUtf8 } from "node:buffer";
import { TermList, type Data } from "../etf/data.ts";
import { Atom, Float, isTermNode, MapTerm, Tuple } from "../etf/term.ts";
import { Secret } from "../secret.ts";
import { TextTrie } from "./text-trie.ts";

/** Shorter texts stand in too much that is no secret. */
const SHORTEST_BYTES = 4;

/** They say nothing, and are in everything. */
const COMMON: ReadonlySet<string> = new Set(["true", "false", "null"]);

/** How many texts are still remembered of one who gives them. */
export interface TextBudget {
  left: number;
}

/** Which parts of a value are hidden. */
export interface HiddenParts {
  readonly atoms: boolean;
  readonly budget: TextBudget;
}

/** Texts that are not to be shown, as they are written and as they are sent. */
export class HiddenTexts {
  /** Also as they stand in quotes, where some of their characters have a backslash before them. */
  readonly texts: TextTrie = new TextTrie();
  /** What differs from these where each byte is a character. */
  readonly bytes: TextTrie = new TextTrie();

  get isEmpty(): boolean {
    return this.texts.isEmpty && this.bytes.isEmpty;
  }

  /** Adds each line of a text: of a key of several lines, one alone tells enough. */
  add(text: string, budget: TextBudget): void {
    for (const line of text.split(/[\r\n]+/u)) {
      if (budget.left <= 0) return;
      this.#addText(line.trim(), budget);
    }
  }

  /** Adds the texts and numbers of a value, however deep; names of keys are none. */
  addData(data: Data, parts: HiddenParts): void {
    const { atoms, budget } = parts;
    if (budget.left <= 0) return;
    if (typeof data === "string") this.add(data, budget);
    else if (data instanceof Secret) this.addData(data.reveal(), parts);
    else if (typeof data === "number" || typeof data === "bigint") this.add(String(data), budget);
    else if (data instanceof Uint8Array) this.#addBytes(data, budget);
    else if (data instanceof Float) this.add(String(data.value), budget);
    else if (data instanceof Atom) {
      if (atoms) this.add(data.name, budget);
    } else if (data instanceof Tuple) this.#addAll(data.elements, parts);
    else if (data instanceof TermList) this.#addList(data.elements, parts);
    else if (data instanceof MapTerm)
      this.#addAll(
        data.entries.map(([, value]) => value),
        parts,
      );
    else if (isSequence(data)) this.#addList(data, parts);
    else if (typeof data === "object" && data !== null && !isTermNode(data))
      this.#addAll(Object.values(data), parts);
  }

  #addText(text: string, budget: TextBudget): void {
    const bytes = Buffer.byteLength(text);
    if (bytes < SHORTEST_BYTES || COMMON.has(text)) return;
    if (this.texts.add(text)) budget.left--;
    const inQuotes = quoted(text);
    if (inQuotes !== text) this.texts.add(inQuotes);
    if (bytes === text.length) return; // each character is a byte
    this.bytes.add(Buffer.from(text).toString("latin1"));
    if (inQuotes !== text) this.bytes.add(Buffer.from(inQuotes).toString("latin1"));
  }

  /** Bytes that are no text have no lines. They are shown as they are, in base64, and as what readers make of them. */
  #addBytes(data: Uint8Array, budget: TextBudget): void {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (isUtf8(bytes)) return this.add(bytes.toString("utf8"), budget);
    if (bytes.length < SHORTEST_BYTES) return;
    this.#addText(bytes.toString("base64"), budget);
    this.#addText(bytes.toString("utf8"), budget);
    this.bytes.add(bytes.toString("latin1"));
  }

  #addAll(elements: readonly Data[], parts: HiddenParts): void {
    for (const element of elements) this.addData(element, parts);
  }

  /** A list of characters may be meant as text. */
  #addList(elements: readonly Data[], parts: HiddenParts): void {
    this.#addAll(elements, parts);
    if (!elements.every(isCharacter)) return;
    this.add(elements.map((element) => String.fromCodePoint(element)).join(""), parts.budget);
  }
}

function isSequence(data: Data): data is readonly Data[] {
  return Array.isArray(data);
}

function isCharacter(data: Data): data is number {
  return typeof data === "number" && Number.isInteger(data) && data >= 0 && data <= 0x10_ff_ff;
}

/** As a text is written inside of quotes. */
function quoted(text: string): string {
  return text.replaceAll(/["\\]/gu, String.raw`\$&`);
}
