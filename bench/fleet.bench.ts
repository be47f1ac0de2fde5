// Measures the controller alone at many hosts, which other processes simulate: CPU, memory, growth, fairness, ramp.
// FLEET_HOSTS=1000,5000,10000 is a full run. No table is printed where a host or step failed.
import { execFileSync } from "node:child_process";
import { openSync, closeSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startFleet, type Fleet } from "./fleet/fleet.ts";
import { measuredProcess, type Measured } from "./fleet/measured-process.ts";
import type { Usage } from "./fleet/probe.ts";
import { readRunEvents, type HostTimes, type RunEvents } from "./fleet/run-events.ts";
import { quantile } from "./measure.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const SIZES = (process.env["FLEET_HOSTS"] ?? "1000").split(",").map(Number);
const STEPS = 5;
const MANY_STEPS = 55;
const HOST_PROCESSES = Math.max(2, availableParallelism());
const CONNECT_CONCURRENCY = 64;
const HELD = "Held";

interface Work {
  readonly steps: number;
  /** `all` hosts are worked on at the same time, and wait for each other in the last step. */
  readonly together: "all" | "some";
  /** Whether SSH may have threads of its own: they need a second processor. @default true */
  readonly isSpread?: boolean;
}

interface Run extends Measured {
  readonly hosts: number;
  readonly events: RunEvents;
}

/** What has one processor has one thread. */
const ONE_PROCESSOR = ["taskset", "--cpu-list", "0"];
const HEADER = [
  "hosts",
  "at once",
  "CPU",
  "a host",
  "of the first thread",
  "in use, a host",
  "beyond SSH",
].concat(["resident, a host", "beyond SSH", "at most, a host", "busy", "wall time"]);

const folder = temporaryFolder();
const rows: string[][] = [];
const together: Run[] = [];
execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
for (const hosts of SIZES) {
  const only = await withFleet(hosts, (fleet) => channelsOnly(fleet));
  const all = await play(hosts, { steps: STEPS, together: "all", isSpread: false });
  const spread = await play(hosts, { steps: STEPS, together: "all" });
  const some = await play(hosts, { steps: STEPS, together: "some" });
  together.push(all);
  rows.push(...rowsOf(only, { all, spread, some }));
}
const [first, last] = [together[0], together.at(-1)];
printTable(HEADER, rows);
if (first !== undefined && last !== undefined && first !== last) {
  const exponent = Math.log(last.end.cpu / first.end.cpu) / Math.log(last.hosts / first.hosts);
  console.log(`\nCPU grows with hosts to the power of ${exponent.toFixed(3)}`);
}
if (first !== undefined) {
  const many = await play(first.hosts, { steps: MANY_STEPS, together: "all", isSpread: false });
  const added = first.hosts * (MANY_STEPS - STEPS);
  console.log(
    `\nEach added step of a host: ${((many.end.cpu - first.end.cpu) / added).toFixed(4)} ms of CPU, ` +
      `${(((many.held?.live ?? NaN) - (first.held?.live ?? NaN)) / added).toFixed(0)} bytes ` +
      `(${first.hosts} hosts, ${MANY_STEPS} steps against ${STEPS})`,
  );
}
for (const run of together) printTimes(run);

function rowsOf(
  only: Measured,
  { all, spread, some }: Readonly<Record<"all" | "spread" | "some", Run>>,
): string[][] {
  const { hosts } = all;
  const kilobytes = (bytes: number | undefined, beside = 0): string =>
    bytes === undefined ? "" : `${((bytes - beside) / hosts / 1024).toFixed(1)} KB`;
  const row = (name: string, { end, held, wall }: Measured, beside: Usage | undefined): string[] => [
    String(hosts),
    name,
    `${(end.cpu / 1000).toFixed(1)} s`,
    `${(end.cpu / hosts).toFixed(2)} ms`,
    `${(end.own / hosts).toFixed(2)} ms`,
    kilobytes(held?.live),
    beside === undefined ? "" : kilobytes(held?.live, beside.live),
    kilobytes(held?.resident),
    beside === undefined ? "" : kilobytes(held?.resident, beside.resident),
    kilobytes(end.peak),
    `${(end.busy * 100).toFixed(0)} %`,
    `${(wall / 1000).toFixed(1)} s`,
  ];
  return [
    row("SSH alone", only, undefined),
    row("all, on one processor", all, only.held),
    row("all, SSH in other threads", spread, undefined),
    row("50", some, undefined),
  ];
}

/** Prints how the hosts came up, and how long those that were up took for their steps. */
function printTimes({ hosts, events }: Run): void {
  const connected = events.hosts.map((host) => host.connected);
  const ramp = [0.1, 0.25, 0.5, 0.75, 0.9, 1].map((share) => {
    return `${share * 100} % after ${(quantile(connected, share) / 1000).toFixed(1)} s`;
  });
  const took = (of: (host: HostTimes) => number): string => {
    const all = events.hosts.map(of);
    const [median, late, most] = [0.5, 0.99, 1].map((share) => quantile(all, share)) as [
      number,
      number,
      number,
    ];
    return `median ${median} ms, p99 ${late} ms (${(late / median).toFixed(2)} ×), longest ${most} ms`;
  };
  console.log(`\n${hosts} hosts connected: ${ramp.join(", ")}`);
  console.log(
    `from connected to the end of ${STEPS - 1} steps: ${took(({ connected, ended }) => ended - connected)}`,
  );
}

async function withFleet<T>(hosts: number, work: (fleet: Fleet) => Promise<T>): Promise<T> {
  await using fleet = await startFleet({ hosts, processes: HOST_PROCESSES, folder });
  return await work(fleet);
}

/** What SSH itself takes. */
async function channelsOnly(fleet: Fleet): Promise<Measured> {
  const list = join(folder, "list.json");
  writeFileSync(list, JSON.stringify(fleet.hosts));
  const program = fileURLToPath(new URL("fleet/channels-only.js", import.meta.url));
  const count = fleet.hosts.length;
  const measured = await measuredProcess({
    args: [program, fleet.keyFile, list, String(CONNECT_CONCURRENCY)],
    folder,
    moment: async (ended) => {
      while (!ended.aborted && (await fleet.counts()).channels < 3 * count) await sleep(100);
    },
  });
  if (measured.code !== 0) throw new Error("No table: the connections without a controller failed");
  return measured;
}

async function play(hosts: number, { steps, together: which, isSpread = true }: Work): Promise<Run> {
  return await withFleet(hosts, async (fleet) => {
    const isHeld = which === "all";
    if (!isHeld) fleet.release();
    const output = join(folder, "events.ndjson");
    const to = openSync(output, "w");
    const measured = await measuredProcess({
      args: ["dist/cli/main.js", playbook(steps), "-i", fleet.inventoryFile, "--output", "ndjson"].concat(
        isHeld ? ["-c", String(hosts), "--connect-concurrency", String(CONNECT_CONCURRENCY)] : [],
      ),
      folder,
      launcher: isSpread ? [] : ONE_PROCESSOR,
      stdout: to,
      moment: isHeld ? (ended) => allHeld(fleet, ended) : undefined,
      after: () => fleet.release(),
    });
    closeSync(to);
    const events = await readRunEvents(output, HELD);
    while ((await fleet.counts()).open > 0) await sleep(100);
    const { calls, unknown } = await fleet.counts();
    const mistakes = [
      measured.code === 0 ? [] : `exit code ${measured.code}`,
      events.okHosts === hosts ? [] : `${events.okHosts} of ${hosts} hosts are ok`,
      events.okSteps === hosts * steps ? [] : `${events.okSteps} of ${hosts * steps} steps are ok`,
      calls === hosts * steps ? [] : `the hosts were called ${calls} times, not ${hosts * steps}`,
      unknown.length === 0 ? [] : `the hosts do not know ${unknown[0]}`,
    ].flat();
    if (mistakes.length > 0) throw new Error(`No table: ${mistakes.join(", ")}`);
    return { ...measured, hosts, events };
  });
}

async function allHeld(fleet: Fleet, ended: AbortSignal): Promise<void> {
  while (!ended.aborted && (await fleet.counts()).held < fleet.hosts.length) await sleep(200);
}

function playbook(steps: number): string {
  const file = join(folder, "site.yml");
  const calls = Array.from({ length: steps - 1 }, (_, index) => ({
    name: `Step ${index}`,
    run: "erlang:node()",
  }));
  const play = { name: "Fleet", hosts: "all", steps: [...calls, { name: HELD, run: "fleet:held()" }] };
  writeFileSync(file, JSON.stringify([play]));
  return file;
}

function printTable(header: readonly string[], body: readonly (readonly string[])[]): void {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...body.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [header, widths.map((width) => "-".repeat(width)), ...body]) {
    console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  }
}
