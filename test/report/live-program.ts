/**
 * A program for a pseudo-terminal: shows a scenario scene by scene, each after a signal SIGUSR2.
 *
 *     live-program.ts <scenario> [-v] [--profile] [--no-color] [--clock]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { liveReporter } from "../../src/report/live-reporter.ts";
import { detectTextFormat } from "../../src/report/text-format.ts";
import { fleetScenes } from "./fleet-scenes.ts";
import { busyEvents, scenarios } from "./live-scenes.ts";
import { timed } from "./sample-run.ts";

const [name = "", ...options] = process.argv.slice(2);
const startedAt = Date.now();
let now = 0;

const reporter = liveReporter({
  stream: process.stdout,
  format: detectTextFormat({ isTTY: true, env: process.env, noColor: options.includes("--no-color") }),
  verbosity: options.includes("-v") ? 1 : 0,
  profile: options.includes("--profile"),
  now: () => (options.includes("--clock") ? Date.now() - startedAt : now),
});

if (options.includes("--cleanup")) {
  process.on("SIGINT", () => {
    void reporter.end().then(() => process.exit(130));
  });
}

if (name === "busy") await runBusy();
else await runScenes();

async function runScenes(): Promise<void> {
  // Timers of the display do not keep the process alive.
  const alive = setInterval(() => {}, 60_000);
  const fleet = /^fleet-(\d+)$/.exec(name)?.[1];
  for (const scene of fleet === undefined ? (scenarios[name] ?? []) : fleetScenes(Number(fleet))) {
    const signal = new Promise<void>((resolve) => process.once("SIGUSR2", () => resolve()));
    now = scene.now;
    for (const event of timed(scene.events)) reporter.onEvent(event);
    await signal;
  }
  clearInterval(alive);
  await reporter.end();
}

async function runBusy(): Promise<void> {
  const before = process.cpuUsage();
  let count = 0;
  for (const event of timed([...busyEvents()])) {
    reporter.onEvent(event);
    count += 1;
    if (count % 100 === 0) await sleep(25);
  }
  await reporter.end();
  const { user, system } = process.cpuUsage(before);
  console.log(
    `events=${count} cpu_ms=${Math.round((user + system) / 1000)} wall_ms=${Date.now() - startedAt}.`,
  );
}
