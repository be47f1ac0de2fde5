import { describeNode } from "../documents/describe-node.ts";
import { valueOf } from "../documents/node-at.ts";
import type { DocumentNode } from "../documents/node.ts";
import { report, type Reading } from "./playbook-source.ts";
import { parseSize } from "./size.ts";

/** Less would be used up by the arguments of a call. */
export const LEAST_HEAP_BYTES: number = 64 * 1024;

/** Reads the key `max_heap`, in bytes; undefined if there is none. */
export function readMaxHeap(reading: Reading, node: DocumentNode): number | undefined {
  const value = valueOf(node, "max_heap");
  if (value?.kind !== "scalar") return undefined;
  if (typeof value.value !== "string" && typeof value.value !== "number") return undefined;
  const bytes = parseSize(value.value);
  if (bytes !== undefined && bytes >= LEAST_HEAP_BYTES) return bytes;
  report(reading, value, {
    message: `"max_heap" expects a size of at least 64KB, such as "256MB", got ${describeNode(value)}`,
    hint: "The units are B, KB, MB and GB, each 1024 times the one before it",
  });
  return undefined;
}
