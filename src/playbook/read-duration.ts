import { describeNode } from "../documents/describe-node.ts";
import { valueOf } from "../documents/node-at.ts";
import type { DocumentNode } from "../documents/node.ts";
import { quote } from "../documents/quote.ts";
import { parseDuration } from "./duration.ts";
import { report, type Reading } from "./playbook-source.ts";

/** Durations that may be zero. */
const PAUSES: ReadonlySet<string> = new Set(["delay", "pause"]);

/** Reads the duration under a key, in milliseconds; undefined if there is none. */
export function readDuration(reading: Reading, node: DocumentNode, key: string): number | undefined {
  const value = valueOf(node, key);
  if (value?.kind !== "scalar") return undefined;
  if (typeof value.value !== "string" && typeof value.value !== "number") return undefined;
  const milliseconds = parseDuration(value.value);
  if (milliseconds !== undefined && (milliseconds > 0 || PAUSES.has(key))) return milliseconds;
  report(reading, value, {
    message: `${quote(key)} expects a duration such as "10s" or "2m", or a number of seconds, got ${describeNode(value)}`,
    hint: "The units are ms, s, m, h and d; the longest duration is 24 days",
  });
  return undefined;
}
