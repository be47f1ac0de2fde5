import { Secret } from "../secret.ts";
import type { TermLanguage } from "./language.ts";
import { termToValue } from "./term-to-value.ts";
import type { Term } from "./term.ts";
import type { Value } from "./value.ts";

/** What `JSON.stringify` writes as it is. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Makes JSON of a value: an integer beyond 2^53 is its decimal text, bytes are base64, secrets are not shown. */
export function valueToJson(value: Value): Json {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  }
  if (value instanceof Secret) return value.toJSON();
  if (isSequence(value)) return value.map(valueToJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, valueToJson(element)]));
}

/** Makes JSON of a term, for reports; what has no JSON is written in `language`. */
export function termToJson(term: Term, language: TermLanguage = "erlang"): Json {
  return valueToJson(termToValue(term, language));
}

function isSequence(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
