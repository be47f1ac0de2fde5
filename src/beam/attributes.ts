import { charlistText } from "../etf/charlist.ts";
import { decodeTerm } from "../etf/decode.ts";
import { isAtom, isTuple, type Term } from "../etf/term.ts";
import { chunkLimits } from "./chunk-limits.ts";

/** Attributes of a module: `-behaviour(gen_server).` gives `behaviour` with one value. */
export type Attributes = ReadonlyMap<string, readonly Term[]>;

/**
 * Decodes chunk `Attr`, a term `[{Name, [Value]}]`. The values of a name that stands there more
 * than once are put together, in order.
 *
 * @throws {DecodeError}
 */
export function decodeAttributes(chunk: Uint8Array): Attributes {
  const attributes = new Map<string, Term[]>();
  for (const [name, value] of pairs(decodeTerm(chunk, chunkLimits()))) {
    const values = attributes.get(name) ?? [];
    for (const each of Array.isArray(value) ? (value as readonly Term[]) : [value]) values.push(each);
    attributes.set(name, values);
  }
  return attributes;
}

export interface CompilerInfo {
  /** Version of the application `compiler`, such as `8.2.3`. */
  readonly version: string | undefined;
  /** The file that was compiled. */
  readonly source: string | undefined;
}

/**
 * Decodes chunk `CInf`, a term `[{version, "8.2.3"}, {source, "/…"}, …]`.
 *
 * @throws {DecodeError}
 */
export function decodeCompilerInfo(chunk: Uint8Array): CompilerInfo {
  const info = new Map(pairs(decodeTerm(chunk, chunkLimits())));
  return { version: textOf(info.get("version")), source: textOf(info.get("source")) };
}

/** The text of a charlist; `undefined` for any other term. */
export function textOf(term: Term | undefined): string | undefined {
  if (!Array.isArray(term)) return undefined;
  const items = term as readonly Term[];
  return isCodePoints(items) ? charlistText(items) : undefined;
}

function isCodePoints(items: readonly Term[]): items is readonly number[] {
  return items.every((item) => typeof item === "number" && item >= 0 && item <= 0x10ffff);
}

/** The pairs with an atom for a key in a list of any terms. */
export function pairs(term: Term): (readonly [key: string, value: Term])[] {
  if (!Array.isArray(term)) return [];
  return (term as readonly Term[]).flatMap((item) => {
    if (!isTuple(item, 2)) return [];
    const [key, value] = item.elements;
    return key !== undefined && value !== undefined && isAtom(key) ? [[key.name, value] as const] : [];
  });
}
