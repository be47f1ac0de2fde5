import type { ScalarNode } from "./node.ts";

/** The text of a mapping's key; what is no text (`1.10`, `true`) counts as it was written. */
export function keyText(key: ScalarNode): string {
  return typeof key.value === "string" ? key.value : key.source;
}
