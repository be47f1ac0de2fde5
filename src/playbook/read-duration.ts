import { valueOf } from "../documents/node-at.ts";
import type { DocumentNode } from "../documents/node.ts";
import { parseDuration } from "./duration.ts";
import { readOnHost, type Expected } from "./on-host.ts";
import type { OnHost } from "./playbook.ts";
import type { Reading } from "./playbook-source.ts";

/** Durations that may be zero. */
const PAUSES: ReadonlySet<string> = new Set(["delay", "pause"]);

/** What messages say of one that is none. */
export const DURATION_HINT = "The units are ms, s, m, h and d; the longest duration is 24 days";

/** Reads the duration under a key, in milliseconds; undefined if there is none. */
export function readDuration(
  reading: Reading,
  node: DocumentNode,
  { key, known }: Pick<Expected<number>, "key" | "known">,
): OnHost<number> | undefined {
  const value = valueOf(node, key);
  // The schema says what is neither text nor a number.
  if (value?.kind !== "scalar") return undefined;
  if (typeof value.value !== "string" && typeof value.value !== "number") return undefined;
  return readOnHost(reading, value, {
    known,
    key,
    expected: 'a duration such as "10s" or "2m", or a number of seconds',
    hint: DURATION_HINT,
    parse(duration) {
      if (typeof duration !== "string" && typeof duration !== "number") return undefined;
      const ms = parseDuration(duration);
      return ms !== undefined && (ms > 0 || PAUSES.has(key)) ? ms : undefined;
    },
  });
}
