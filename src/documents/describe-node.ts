import type { DocumentNode } from "./node.ts";
import { quote } from "./quote.ts";

/** Says in words what a node is, for "expects …, got …": `a list`, `text "abc"`, `nothing`. */
export function describeNode(node: DocumentNode): string {
  if (node.kind === "sequence") return node.items.length === 0 ? "an empty list" : "a list";
  if (node.kind === "mapping") return "a mapping";
  const { value, source } = node;
  if (value === null) return "nothing";
  if (typeof value === "string") return value === "" ? "empty text" : `text ${quote(value)}`;
  if (typeof value === "boolean") return String(value);
  if (value instanceof Uint8Array) return "binary data";
  return `the number ${source}`;
}
