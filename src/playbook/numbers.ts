import type { DocumentNode } from "../documents/node.ts";
import type { Value } from "../etf/value.ts";

/** The number that a node is; undefined of anything else. */
export function numberOf(node: DocumentNode | undefined): number | undefined {
  return node?.kind === "scalar" && typeof node.value === "number" ? node.value : undefined;
}

/** The number that a value is, or that a text says; undefined of anything else. */
export function numberIn(value: Value): number | undefined {
  const number = typeof value === "string" && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** The same, of a whole number that is not less than another one. */
export function countIn(value: Value, least: number): number | undefined {
  const number = numberIn(value);
  return number !== undefined && Number.isSafeInteger(number) && number >= least ? number : undefined;
}
