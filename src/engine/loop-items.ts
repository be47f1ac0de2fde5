import { FusionPlayError } from "../errors.ts";
import { TermList, termToData, type Data } from "../etf/data.ts";
import { isTermNode } from "../etf/term.ts";
import { MASK, Secret, secret } from "../secret.ts";
import { dataText } from "../playbook/data-text.ts";
import type { Loop, Scope } from "../playbook/playbook.ts";

/** What a step with a loop is done for once. */
export interface LoopItem {
  /** The names that the step may use for it: `item`, and that of its number. */
  readonly names: Scope;
  /** What it is called where the loop does not say. */
  readonly label: string;
}

/** Names of items are shown in one line. */
const LONGEST_LABEL = 80;

/** More items than a report can hold. */
const MOST_ITEMS = 100_000;

/**
 * Lists the items of a loop: those of a list, or the entries of a mapping with `key` and `value`.
 *
 * @throws {FusionPlayError} `EXPRESSION_FAILED` if it is neither
 */
export function itemsOf({ items, indexVar, location }: Loop, scope: Scope): LoopItem[] {
  const found = entriesOf(items.evaluate(scope));
  if (typeof found === "string" || found.length > MOST_ITEMS) {
    const why = typeof found === "string" ? `it is ${found}` : `it has more than ${MOST_ITEMS} items`;
    throw new FusionPlayError(
      `Cannot go through the loop at ${location.file}:${location.line}:${location.column}: ${why}`,
      { code: "EXPRESSION_FAILED", hint: "A loop goes through a list or a mapping" },
    );
  }
  return found.map(({ item, label }, index) => ({
    names: { item, ...(indexVar === undefined ? {} : { [indexVar]: index }) },
    label,
  }));
}

interface Entry {
  readonly item: Data;
  readonly label: string;
}

/** The items, or what the data is instead. */
function entriesOf(data: Data): Entry[] | string {
  if (data instanceof Secret) return secretEntries(entriesOf(data.reveal()));
  if (data instanceof TermList) return data.elements.map((element) => entryOf(termToData(element)));
  if (data === null) return "null";
  if (typeof data !== "object") return typeof data === "string" ? "text" : `the value ${String(data)}`;
  if (data instanceof Uint8Array) return "text";
  if (isTermNode(data)) {
    if (data.type !== "map") return data.type === "tuple" ? "a tuple" : "no list";
    return data.entries.map(([key, value]) => mappingEntry(termToData(key), termToData(value)));
  }
  if (isSequence(data)) return data.map(entryOf);
  return Object.entries(data).map(([key, value]) => mappingEntry(key, value));
}

/** The items of a secret are secrets. */
function secretEntries(found: Entry[] | string): Entry[] | string {
  if (typeof found === "string") return "a secret that is no list";
  return found.map(({ item }) => ({ item: secret(item), label: MASK }));
}

function mappingEntry(key: Data, value: Data): Entry {
  return { item: { key, value }, label: labelOf(key) };
}

function entryOf(item: Data): Entry {
  return { item, label: labelOf(item) };
}

/** Writes data as the name of an item. */
export function labelOf(data: Data): string {
  const text = dataText(data).replaceAll(/\s+/g, " ").trim();
  const characters = Array.from(text);
  return characters.length > LONGEST_LABEL ? `${characters.slice(0, LONGEST_LABEL - 1).join("")}…` : text;
}

function isSequence(data: object): data is readonly Data[] {
  return Array.isArray(data);
}
