// Writes the report of a run of 1,000 hosts and 50 steps in each format, each in a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { quantile } from "./measure.ts";
import type { WrittenSample } from "./report-writer.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const ROUNDS = Number(process.env["REPORT_ROUNDS"] ?? 5);
const SIZE = { hosts: 1000, steps: 50 };
const LIMIT_MS = 300_000;
const FORMATS = ["json", "ndjson", "junit", "markdown"] as const;

const folder = temporaryFolder();
const program = fileURLToPath(new URL("report-writer.js", import.meta.url));
console.log(`${SIZE.hosts} hosts, ${SIZE.steps} steps, ${ROUNDS} rounds\n`);
console.log("| format | size | time | rate | CPU | memory |\n| --- | --- | --- | --- | --- | --- |");
for (const format of FORMATS) {
  const samples: WrittenSample[] = [];
  for (let round = 0; round < ROUNDS; round++) samples.push(await written(format));
  const median = (key: keyof WrittenSample): number => quantile(samples.map((sample) => sample[key]));
  const megabytes = median("bytes") / 1e6;
  const cells = [
    format,
    `${megabytes.toFixed(1)} MB`,
    `${median("wall").toFixed(0)} ms`,
    `${((megabytes * 1000) / median("wall")).toFixed(1)} MB/s`,
    `${median("cpu").toFixed(0)} ms`,
    `${median("peak").toFixed(0)} MB`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

async function written(format: string): Promise<WrittenSample> {
  const args = [
    "--expose-gc",
    program,
    format,
    join(folder, `report.${format}`),
    String(SIZE.hosts),
    String(SIZE.steps),
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], timeout: LIMIT_MS });
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (status !== 0) throw new Error(`Writing the report has failed, ${format}`);
  return JSON.parse(output) as WrittenSample;
}
