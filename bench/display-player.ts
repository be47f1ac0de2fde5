// Plays the events of a run of 500 hosts in real time, with or without the live display, and tells in a file how much
// CPU that took: bench/display.bench.ts runs it in a pseudo-terminal.
//
//     display-player.js <file> <seconds> live|none [-v]
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { liveReporter } from "../src/report/live-reporter.ts";
import { busyFleet } from "../test/report/busy-fleet.ts";
import { measured } from "./measure.ts";

const [file = "", seconds = "", display = "", option] = process.argv.slice(2);
const events = busyFleet(500, Number(seconds) * 1000);
const reporter =
  display === "none"
    ? undefined
    : liveReporter({
        stream: process.stdout,
        format: { color: true, unicode: true },
        verbosity: option === "-v" ? 1 : 0,
      });

const sample = await measured(async () => {
  const startedAt = performance.now();
  for (const { ms, event } of events) {
    // A timer for many events, as they come from sockets together.
    const early = ms - (performance.now() - startedAt);
    if (early > 5) await sleep(early);
    reporter?.onEvent(event);
  }
  await reporter?.end();
});
writeFileSync(file, JSON.stringify({ ...sample, events: events.length }));
