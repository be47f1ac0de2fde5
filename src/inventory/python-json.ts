import { dataToValue, TermList, type Data } from "../etf/data.ts";
import { Float, isTermNode } from "../etf/term.ts";
import { byCodePoint } from "./code-point-order.ts";
import { pythonFloat } from "./python-float.ts";

/** Spaces of one level. */
const INDENT = 4;

/** Writes data as JSON, character by character as Ansible does: keys sorted, four spaces a level. */
export function pythonJson(data: Data): string {
  return write(data, 0);
}

function write(data: Data, depth: number): string {
  if (data === null || typeof data === "boolean" || typeof data === "bigint") return String(data);
  if (typeof data === "number") return Number.isInteger(data) ? String(data) : pythonFloat(data);
  if (typeof data === "string") return JSON.stringify(data);
  if (data instanceof Float) return pythonFloat(data.value);
  if (data instanceof Uint8Array) return JSON.stringify(Buffer.from(data).toString("base64"));
  if (isList(data)) {
    return block(
      ["[", "]"],
      data.map((item) => write(item, depth + 1)),
      depth,
    );
  }
  if (isTermNode(data) || data instanceof TermList) return write(dataToValue(data) as Data, depth);
  const entries = Object.entries(data).toSorted(([a], [b]) => byCodePoint(a, b));
  return block(
    ["{", "}"],
    entries.map(([key, value]) => `${JSON.stringify(key)}: ${write(value, depth + 1)}`),
    depth,
  );
}

function block([open, close]: readonly [string, string], items: readonly string[], depth: number): string {
  if (items.length === 0) return open + close;
  const indent = "\n" + " ".repeat(INDENT * (depth + 1));
  return `${open}${indent}${items.join(`,${indent}`)}\n${" ".repeat(INDENT * depth)}${close}`;
}

function isList(data: Data & object): data is readonly Data[] {
  return Array.isArray(data);
}
