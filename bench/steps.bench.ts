// Measures what a step more of a host costs the controller in whole runs of the program, as they begin: its CPU with
// 40 simulated hosts, which are in other processes, and 10, 100 and 400 steps; and beside it what ssh2 alone costs that
// sends a packet for each step and gets one. No table where a step was not done.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { spawn as spawnInTerminal } from "@lydell/node-pty";
import { startFleet } from "./fleet/fleet.ts";
import type { Usage } from "./fleet/probe.ts";
import { quantile } from "./measure.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const ROUNDS = 5;
const HOSTS = 40;
const STEPS = [10, 100, 400] as const;
const OUTPUTS = {
  "text, to a pipe": { args: [], isTerminal: false },
  "NDJSON, to a pipe": { args: ["--output", "ndjson"], isTerminal: false },
  "live, in a terminal": { args: [], isTerminal: true },
} as const;

const folder = temporaryFolder();
const probe = join(folder, "probe.ndjson");
execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
await using fleet = await startFleet({ hosts: HOSTS, processes: 2, folder });
fleet.release();
const hostsFile = join(folder, "addresses.json");
writeFileSync(hostsFile, JSON.stringify(fleet.hosts));
for (const steps of STEPS) {
  const calls = Array.from({ length: steps }, (_, index) => ({
    name: `Step ${index}`,
    run: "erlang:node()",
  }));
  writeFileSync(playbook(steps), JSON.stringify([{ name: "Steps", hosts: "all", steps: calls }]));
}

console.log(`
| output | ${STEPS.map((steps) => `CPU, ${steps} steps`).join(" | ")} | a host-step more, 10 to 100 | 100 to 400 |
| --- | --- | --- | --- | --- | --- |`);
await measure("none: packets of ssh2 alone", exchange);
for (const [name, output] of Object.entries(OUTPUTS)) await measure(name, (steps) => play(steps, output));

/** @param work gives the CPU of a run in milliseconds */
async function measure(name: string, work: (steps: number) => Promise<number>): Promise<void> {
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const cpu: number[] = [];
    for (const steps of STEPS) cpu.push(await work(steps));
    rounds.push(cpu);
  }
  const times = STEPS.map(
    (_, at) => `${(quantile(rounds.map((cpu) => cpu[at] ?? NaN)) / 1000).toFixed(2)} s`,
  );
  console.log(`| ${[name, ...times, added(rounds, 0, 1), added(rounds, 1, 2)].join(" | ")} |`);
}

/** What each host-step took by which a run has more than another; both by their place in a round. */
function added(rounds: readonly (readonly number[])[], fewer: number, more: number): string {
  const steps = HOSTS * ((STEPS[more] ?? NaN) - (STEPS[fewer] ?? NaN));
  const each = rounds.map((cpu) => ((cpu[more] ?? NaN) - (cpu[fewer] ?? NaN)) / steps);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(each, share).toFixed(2));
  return `${middle} ms (${low} to ${high})`;
}

function playbook(steps: number): string {
  return join(folder, `${steps}-steps.yml`);
}

async function play(steps: number, output: (typeof OUTPUTS)[keyof typeof OUTPUTS]): Promise<number> {
  const before = (await fleet.counts()).calls;
  const args = ["dist/cli/main.js", playbook(steps), "-i", fleet.inventoryFile, ...output.args];
  const cpu = await cpuOf(args, output.isTerminal ? inTerminal : throughPipe);
  const calls = (await fleet.counts()).calls - before;
  if (calls !== HOSTS * steps) throw new Error(`No table: ${calls} calls were made, not ${HOSTS * steps}`);
  return cpu;
}

async function exchange(packets: number): Promise<number> {
  const program = fileURLToPath(new URL("fleet/channels-only.js", import.meta.url));
  return cpuOf([program, fleet.keyFile, hostsFile, String(HOSTS), String(packets)], throughPipe);
}

async function cpuOf(args: readonly string[], run: typeof throughPipe): Promise<number> {
  rmSync(probe, { force: true });
  const code = await run(["--import", new URL("fleet/probe.js", import.meta.url).href, ...args], {
    ...process.env,
    FLEET_PROBE_FILE: probe,
  });
  while ((await fleet.counts()).open > 0) await sleep(50);
  if (code !== 0) throw new Error(`No table: a run ended with exit code ${code}`);
  return (JSON.parse(readFileSync(probe, "utf8")) as Usage).cpu;
}

async function throughPipe(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env });
  child.stdout.resume();
  const [code] = (await once(child, "exit")) as [number];
  return code;
}

async function inTerminal(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  // What runs in CI shows nothing live.
  const { CI: _, ...others } = env;
  const child = spawnInTerminal(process.execPath, [...args], {
    cols: 120,
    rows: 40,
    name: "xterm-256color",
    env: others,
  });
  child.onData(() => {});
  return new Promise((resolve) => void child.onExit(({ exitCode }) => resolve(exitCode)));
}
