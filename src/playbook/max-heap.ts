import { valueOf } from "../documents/node-at.ts";
import type { DocumentNode } from "../documents/node.ts";
import { readOnHost } from "./on-host.ts";
import type { OnHost } from "./playbook.ts";
import type { Reading } from "./playbook-source.ts";
import { parseSize } from "./size.ts";

/** Less would be used up by the arguments of a call. */
export const LEAST_HEAP_BYTES: number = 64 * 1024;

/** Reads the key `max_heap`, in bytes; undefined if there is none. */
export function readMaxHeap(
  reading: Reading,
  node: DocumentNode,
  known: readonly string[],
): OnHost<number> | undefined {
  const value = valueOf(node, "max_heap");
  // The schema says what is neither text nor a number.
  if (value?.kind !== "scalar") return undefined;
  if (typeof value.value !== "string" && typeof value.value !== "number") return undefined;
  return readOnHost(reading, value, {
    known,
    key: "max_heap",
    expected: 'a size of at least 64KB, such as "256MB"',
    hint: "The units are B, KB, MB and GB, each 1024 times the one before it",
    parse(size) {
      const bytes = typeof size === "string" || typeof size === "number" ? parseSize(size) : undefined;
      return bytes !== undefined && bytes >= LEAST_HEAP_BYTES ? bytes : undefined;
    },
  });
}
