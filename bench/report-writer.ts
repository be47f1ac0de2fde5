// Writes the report of a large run, or its events, and tells what it took: bench/report.bench.ts starts it, as a
// process of its own has a peak of memory of its own.
//
//     report-writer.js <format> <file> <hosts> <steps>
import { once } from "node:events";
import { createWriteStream, statSync, writeFileSync } from "node:fs";
import type { HostReport, Report } from "../src/engine/report.ts";
import type { RunEvent } from "../src/engine/run-event.ts";
import { Float, MapTerm, atom, binary, type Term } from "../src/etf/term.ts";
import { fileReporter } from "../src/report/file-reporter.ts";
import { ndjsonReporter } from "../src/report/ndjson-reporter.ts";
import type { ReportFormat } from "../src/report/formats/report-formats.ts";
import { largeReport } from "../test/report/large-report.ts";
import { measured, type Sample } from "./measure.ts";
import { peakMegabytes, residentMegabytes } from "./process-memory.ts";

/** What it took, and how many bytes were written. */
export interface WrittenSample extends Sample {
  readonly bytes: number;
  /** What the process had at most, less what it had before, in megabytes. */
  readonly peak: number;
}

const [format = "", file = "", hosts = "", steps = ""] = process.argv.slice(2);
const report = runOf({ hosts: Number(hosts), steps: Number(steps) });
globalThis.gc?.();
writeFileSync("/proc/self/clear_refs", "5");
const before = residentMegabytes(process.pid);
const sample = await measured(format === "ndjson" ? writeEvents : writeReport);
const peak = peakMegabytes(process.pid) - before;
console.log(JSON.stringify({ ...sample, bytes: statSync(file).size, peak } satisfies WrittenSample));

async function writeReport(): Promise<void> {
  const reporter = fileReporter({ file, format: format as ReportFormat });
  reporter.onEvent({ type: "run_finished", at: report.started_at, report } as RunEvent);
  await reporter.end();
}

async function writeEvents(): Promise<void> {
  const stream = createWriteStream(file);
  const reporter = ndjsonReporter({ stream });
  for (const [host, end] of Object.entries(report.plays[0]?.hosts ?? {})) {
    for (const step of end.steps) {
      const event = { type: "step_finished", at: report.started_at, play: "Fleet", host, step: step.name };
      reporter.onEvent({ ...event, report: step } as unknown as RunEvent);
    }
    // As a run does, which waits for its hosts.
    if (stream.writableNeedDrain) await once(stream, "drain");
  }
  await reporter.end();
  stream.end();
  await once(stream, "finish");
}

/** A run in which each step gave something of its own. */
function runOf(size: { readonly hosts: number; readonly steps: number }): Report {
  const { plays, ...rest } = largeReport(size);
  const made = plays.map(({ hosts: written, ...play }) => ({
    ...play,
    hosts: Object.fromEntries(
      Object.entries(written).map(([host, { steps: all, ...end }], index) => {
        const ended = all.map(({ printed: _printed, ...step }, at) => ({
          ...step,
          language: "elixir",
          result: step.kind === "run" ? resultOf(index, at) : null,
          output: `line of host ${index} in step ${at}\n`,
        }));
        return [host, { ...end, steps: ended } as unknown as HostReport];
      }),
    ),
  }));
  return { ...rest, plays: made } as Report;
}

function resultOf(host: number, step: number): Term {
  return new MapTerm([
    [atom("host"), binary(`web${host}`)],
    [atom("memory_mb"), host * step],
    [atom("status"), atom("ok")],
    [atom("load"), new Float((host + 1) / (step + 2))],
    [atom("disks"), Array.from({ length: 4 }, (_, disk) => binary(`/dev/disk${disk} of host ${host}`))],
  ]);
}
