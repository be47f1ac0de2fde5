import { FusionPlayError } from "../errors.ts";
import { Secret, secret } from "../secret.ts";
import { mapKeys } from "./map-keys.ts";
import { termToValue } from "./term-to-value.ts";
import type { Value } from "./value.ts";
import {
  atom,
  binary,
  Float,
  ImproperList,
  isTermNode,
  MapTerm,
  Tuple,
  type Term,
  type TermNode,
} from "./term.ts";

/**
 * What files, variables, arguments and registered results hold: values in which terms may stand
 * that have no plain counterpart (`!atom ok` of a playbook, the whole result of a call).
 * {@linkcode dataToTerm} gives what a host is sent, {@linkcode dataToValue} what a TypeScript play sees. What is not
 * to be shown is a {@linkcode Secret}.
 */
export type Data =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | TermNode
  | TermList
  | Secret<Data>
  | readonly Data[]
  | { readonly [key: string]: Data };

/**
 * A list that a host sent, or that Erlang's text notation or the tag `!charlist` gave. Unlike a sequence of a file it may be
 * a charlist, so that `[104, 105]` of `os:cmd` is shown as `"hi"` and `ports: [80, 81]` stays numbers.
 */
export class TermList {
  /** Tells it from terms. */
  readonly type = "term_list";
  /** Its elements, in order. */
  readonly elements: readonly Term[];

  constructor(elements: readonly Term[]) {
    this.elements = elements;
  }
}

/** Makes data of a term, such as the result of a call that is registered. */
export function termToData(term: Term): Data {
  if (typeof term === "number" || typeof term === "bigint" || term instanceof Uint8Array) return term;
  return isTermNode(term) ? term : new TermList(term);
}

/** How deep data may nest: it may come from a TypeScript play, where an object can hold itself. */
const MAX_DEPTH = 500;

/**
 * Makes the term that a host is sent: strings are binaries, `true`, `false` and `null` are the atoms
 * `true`, `false` and `nil`, a number with a fraction is a float, mappings have binary keys. Secrets are revealed.
 *
 * @throws {FusionPlayError} `TERM_INVALID` if it holds what no term can be made of
 */
export function dataToTerm(data: Data): Term {
  return toTerm(data, 0);
}

function toTerm(data: Data, depth: number): Term {
  if (depth > MAX_DEPTH) throw invalid(`it nests deeper than ${MAX_DEPTH}`);
  if (data === null) return atom("nil");
  switch (typeof data) {
    case "string":
      return binary(data);
    case "boolean":
      return atom(String(data));
    case "bigint":
      return Number.isSafeInteger(Number(data)) ? Number(data) : data;
    case "number":
      return numberToTerm(data);
    case "object":
      return objectToTerm(data, depth);
    default:
      throw invalid(`Erlang has nothing like a JavaScript ${typeof data}`);
  }
}

function numberToTerm(value: number): Term {
  if (!Number.isFinite(value)) throw invalid(`Erlang has no number like ${value}`);
  if (value === 0) return 0;
  return Number.isSafeInteger(value) ? value : new Float(value);
}

function objectToTerm(data: Data & object, depth: number): Term {
  if (data instanceof Uint8Array || isTermNode(data)) return data;
  if (data instanceof TermList) return data.elements;
  if (data instanceof Secret) return toTerm(data.reveal(), depth + 1);
  if (isSequence(data)) return data.map((element) => toTerm(element, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(data);
  if (prototype !== null && prototype !== Object.prototype) {
    throw invalid(`Erlang has nothing like a JavaScript ${data.constructor.name}`);
  }
  return new MapTerm(Object.entries(data).map(([key, value]) => [binary(key), toTerm(value, depth + 1)]));
}

function invalid(state: string): FusionPlayError {
  return new FusionPlayError(`Cannot make a term of the value: ${state}`, { code: "TERM_INVALID" });
}

/** Makes what a TypeScript play or a report sees. Secrets stay secrets. */
export function dataToValue(data: Data): Value {
  if (typeof data !== "object" || data === null) return data;
  if (data instanceof TermList) return termToValue(data.elements);
  if (data instanceof Uint8Array || isTermNode(data)) return termToValue(data);
  if (data instanceof Secret) return new Secret(dataToValue(data.reveal()), data.toString());
  if (isSequence(data)) return data.map(dataToValue);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, dataToValue(value)]));
}

/**
 * Follows a path into data, by key or index; a part of a term stays a term, and one of a secret is secret.
 *
 * @returns undefined where there is nothing
 */
export function dataAt(data: Data, path: readonly (string | number)[]): Data | undefined {
  let found: Data | undefined = data;
  for (const [index, step] of path.entries()) {
    if (typeof found !== "object" || found === null) return undefined;
    if (found instanceof Secret) {
      const part: Data | undefined = dataAt(found.reveal(), path.slice(index));
      return part === undefined ? undefined : secret(part);
    }
    found = dataStep(found, step);
  }
  return found;
}

function dataStep(data: Exclude<Data & object, Secret<Data>>, step: string | number): Data | undefined {
  if (data instanceof MapTerm) {
    const index = mapKeys(data).indexOf(String(step));
    return partOf(data.entries[index]?.[1]);
  }
  if (data instanceof TermList || data instanceof Tuple || data instanceof ImproperList) {
    return typeof step === "number" ? partOf(data.elements[step]) : undefined;
  }
  if (data instanceof Uint8Array || isTermNode(data)) return undefined;
  if (isSequence(data)) return typeof step === "number" ? data[step] : undefined;
  return Object.hasOwn(data, step) ? data[String(step)] : undefined;
}

function partOf(term: Term | undefined): Data | undefined {
  return term === undefined ? undefined : termToData(term);
}

function isSequence(data: object): data is readonly Data[] {
  return Array.isArray(data);
}
