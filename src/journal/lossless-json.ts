import { TermList } from "../etf/data.ts";
import { decodeTerm } from "../etf/decode.ts";
import { encodeTerm } from "../etf/encode.ts";
import { isTermNode, type Term } from "../etf/term.ts";
import { Secret } from "../secret.ts";

/** Runs write what hosts gave, which has the same limit on memory, and compress nothing. */
const LIMITS = { maxDepth: 1000, maxInflatedBytes: 0 } as const;

/** Stands in the JSON of whatever holds a secret, and of nothing else. */
export const SECRET_KEY = '"$secret":';

/**
 * Makes JSON of data and terms so that {@linkcode fromLosslessJson} gives the same again: what JSON has not is
 * a mapping with one key, `$term` (external term format in base64), `$list` (the same, of a list that a host
 * sent), `$bytes` (base64), `$integer` or `$number` (decimal). Of a secret, `$secret` has what is shown in its place, and no more. A mapping of which a key begins with `$` is
 * `$map`, a list of its pairs.
 */
export function toLosslessJson(value: unknown): unknown {
  if (typeof value === "bigint") return { $integer: String(value) };
  if (typeof value === "number") return Number.isFinite(value) ? value : { $number: String(value) };
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Secret) return { $secret: value.toString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (value instanceof TermList) return { $list: encoded(value.elements) };
  if (isTermNode(value)) return { $term: encoded(value) };
  if (Array.isArray(value)) return value.map(toLosslessJson);
  const pairs = Object.entries(value).filter(([, part]) => part !== undefined);
  const written = pairs.map(([key, part]) => [key, toLosslessJson(part)] as const);
  return written.some(([key]) => key.startsWith("$")) ? { $map: written } : Object.fromEntries(written);
}

function encoded(term: Term): string {
  return encodeTerm(term).toString("base64");
}

/** @throws {DecodeError} for a term that is none */
export function fromLosslessJson(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(fromLosslessJson);
  const pairs = Object.entries(json);
  const [[key, value] = ["", undefined]] = pairs;
  if (pairs.length === 1 && typeof value === "string") {
    if (key === "$term") return decoded(value);
    if (key === "$list") return new TermList(decoded(value) as readonly Term[]);
    if (key === "$bytes") return Uint8Array.from(Buffer.from(value, "base64"));
    if (key === "$integer") return BigInt(value);
    if (key === "$number") return Number(value);
    if (key === "$secret") return new Secret(null, value);
  }
  const own = key === "$map" ? (value as [string, unknown][]) : pairs;
  return Object.fromEntries(own.map(([name, part]) => [name, fromLosslessJson(part)]));
}

function decoded(base64: string): Term {
  return decodeTerm(Buffer.from(base64, "base64"), LIMITS);
}
