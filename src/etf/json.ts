import { Secret } from "../secret.ts";
import type { TermLanguage } from "./language.ts";
import { termToValue } from "./term-to-value.ts";
import type { Term } from "./term.ts";
import type { Value } from "./value.ts";

/** What `JSON.stringify` writes as it is. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Makes JSON of a text, or of bytes. */
export type LeafToJson = (leaf: string | Uint8Array) => Json;

/**
 * Makes JSON of a value: an integer beyond 2^53 is its decimal text, bytes are base64, secrets are not shown.
 *
 * @param leafToJson makes that of texts and bytes
 */
export function valueToJson(value: Value, leafToJson: LeafToJson = wholeLeaf): Json {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string" || value instanceof Uint8Array) return leafToJson(value);
  if (value instanceof Secret) return value.toJSON();
  if (isSequence(value)) return value.map((element) => valueToJson(element, leafToJson));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, element]) => [key, valueToJson(element, leafToJson)]),
  );
}

/**
 * Makes JSON of a term, for reports; what has no JSON is written in `language`.
 *
 * @param leafToJson makes that of texts and bytes
 */
export function termToJson(
  term: Term,
  language: TermLanguage = "erlang",
  leafToJson: LeafToJson = wholeLeaf,
): Json {
  return valueToJson(termToValue(term, language), leafToJson);
}

/** Gives a text as it is, and bytes as base64. */
export function wholeLeaf(leaf: string | Uint8Array): string {
  return typeof leaf === "string"
    ? leaf
    : Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString("base64");
}

function isSequence(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
