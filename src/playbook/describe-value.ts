import { describeData } from "../documents/describe-data.ts";
import type { Data } from "../etf/data.ts";
import { Secret } from "../secret.ts";
import { isMapping } from "./is-mapping.ts";

/** Says in words what a TypeScript play gave, for "expects …, got …". */
export function describeValue(value: unknown): string {
  if (value === undefined) return "undefined";
  if (typeof value === "function" || typeof value === "symbol") return `a JavaScript ${typeof value}`;
  const isOfClass = typeof value === "object" && value !== null && !Array.isArray(value) && !isMapping(value);
  if (isOfClass && !(value instanceof Secret)) return `a JavaScript ${value.constructor.name}`;
  return describeData(value as Data);
}
