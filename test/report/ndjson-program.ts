/** Writes the sample run for ever, or until its reader is gone; then says so. */
import { setTimeout as sleep } from "node:timers/promises";
import { ndjsonReporter } from "../../src/report/ndjson-reporter.ts";
import { sampleEvents } from "./sample-run.ts";

let gone = false;
process.stdout.on("error", () => (gone = true));
const reporter = ndjsonReporter({ stream: process.stdout });
while (!gone) {
  for (const event of sampleEvents) reporter.onEvent(event);
  await sleep(5);
}
await reporter.end();
console.error("ended");
