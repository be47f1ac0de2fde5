import { charlistText, isCharlist } from "../etf/charlist.ts";
import { TermList, type Data } from "../etf/data.ts";
import { mapKeys } from "../etf/map-keys.ts";
import { Float, isTermNode, type Term, type TermNode } from "../etf/term.ts";
import { termToValue } from "../etf/term-to-value.ts";
import { utf8Text } from "../etf/utf8-text.ts";
import { Secret } from "../secret.ts";
import type { CelValue } from "./cel.ts";

/**
 * Gives what CEL sees of data: the same as `dataToValue` but for numbers, as CEL tells the integer 1
 * from the float 1.0 and takes no JavaScript number for an integer. Secrets are what they hold.
 *
 * @param onReveal told when a secret is read: one in a list or mapping that an expression does not look at is not
 */
export function dataToCel(data: Data, onReveal: () => void): CelValue {
  if (typeof data === "number") return numberToCel(data);
  if (data === null || typeof data !== "object") return data;
  if (data instanceof TermList) return termToCel(data.elements);
  if (data instanceof Uint8Array || isTermNode(data)) return termToCel(data);
  if (data instanceof Secret) {
    onReveal();
    return dataToCel(data.reveal(), onReveal);
  }
  if (Object.hasOwn(data, HIDING_KEY)) {
    return mappingWithHidingKey(Object.entries(data).map(([key, part]) => [key, dataToCel(part, onReveal)]));
  }
  const plain = (part: Data): CelValue => (part instanceof Secret ? null : dataToCel(part, onReveal));
  const celled = isList(data)
    ? data.map(plain)
    : Object.fromEntries(Object.entries(data).map(([key, value]) => [key, plain(value)]));
  for (const [key, part] of Object.entries(data)) {
    if (part instanceof Secret) revealOnRead(celled, key, () => dataToCel(part, onReveal));
  }
  return celled;
}

/** CEL tells mappings by their constructor, so that a key of this name would hide that an object is one. */
const HIDING_KEY = "constructor";

/** A mapping with that key: as a `Map`, whose keys are no members, CEL takes it as well. Secrets in it count as read. */
function mappingWithHidingKey(entries: readonly (readonly [string, CelValue])[]): CelValue {
  return new Map(entries) as unknown as CelValue;
}

/** Gives an object a member that is made as it is read. */
export function revealOnRead(target: object, key: string, get: () => CelValue): void {
  Object.defineProperty(target, key, { get, enumerable: true, configurable: true });
}

function termToCel(term: Term): CelValue {
  if (typeof term === "number") return numberToCel(term);
  if (typeof term === "bigint") return term;
  if (term instanceof Uint8Array) return utf8Text(term) ?? term;
  if (isTermNode(term)) return nodeToCel(term);
  return isCharlist(term) ? charlistText(term) : term.map(termToCel);
}

function nodeToCel(term: TermNode): CelValue {
  switch (term.type) {
    case "float":
      return term.value;
    case "tuple":
      return term.elements.map(termToCel);
    case "improper_list":
      return [...term.elements, term.tail].map(termToCel);
    case "map": {
      const keys = mapKeys(term);
      const entries = term.entries.map(([, value], index): [string, CelValue] => [
        keys[index] ?? "",
        termToCel(value),
      ]);
      return keys.includes(HIDING_KEY) ? mappingWithHidingKey(entries) : Object.fromEntries(entries);
    }
    default:
      // None of the others holds a number that CEL could see.
      return termToValue(term) as CelValue;
  }
}

function numberToCel(value: number): CelValue {
  return Number.isInteger(value) ? BigInt(value) : value;
}

/** Gives the data that a result of CEL stands for. */
export function celToData(value: CelValue): Data {
  if (typeof value === "bigint") {
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }
  if (typeof value === "number") return new Float(value);
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  if (isList(value)) return value.map(celToData);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, celToData(item)]));
}

function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}
