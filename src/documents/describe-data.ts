import { quote } from "./quote.ts";
import type { Data } from "../etf/data.ts";
import { Float } from "../etf/term.ts";
import { Secret } from "../secret.ts";

/** Says in words what a value is, for "expects …, got …". */
export function describeData(data: Data): string {
  if (data === null) return "nothing";
  if (data instanceof Secret) return "a secret";
  if (typeof data === "string") return data === "" ? "empty text" : `text ${quote(data)}`;
  if (typeof data === "number" || typeof data === "bigint") return `the number ${data}`;
  if (data instanceof Float) return `the number ${data.value}`;
  if (typeof data === "boolean") return String(data);
  if (Array.isArray(data)) return "a list";
  if (data instanceof Uint8Array) return "binary data";
  return "a mapping";
}
