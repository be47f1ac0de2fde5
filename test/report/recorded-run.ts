import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "../../src/engine/run-event.ts";
import type { Report } from "../../src/engine/report.ts";
import { fromLosslessJson } from "../../src/journal/lossless-json.ts";

const FILE = join(import.meta.dirname, "..", "fixtures", "reports", "every-status", "events.ndjson");

/** The events of a real run in which a host and a step end in every way: `record-run.ts` has recorded it. */
export const recordedEvents: readonly RunEvent[] = readFileSync(FILE, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => fromLosslessJson(JSON.parse(line)) as RunEvent);

/** The report of that run. */
export const recordedReport: Report = reportOf(recordedEvents);

function reportOf(events: readonly RunEvent[]): Report {
  const last = events.at(-1);
  if (last?.type !== "run_finished") throw new RangeError("the recorded run has no end");
  return last.report;
}
