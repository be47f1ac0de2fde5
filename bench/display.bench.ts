// Measures what the live display costs the controller: the CPU of a process that is told of 500 hosts at work, with
// the display and without it, in real time.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawn } from "@lydell/node-pty";
import { type Sample, quantile } from "./measure.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const ROUNDS = 3;
const SECONDS = 25;
/** Part of a core that the display may take. */
const LIMIT = 0.03;

const file = join(temporaryFolder(), "sample.json");
const player = fileURLToPath(new URL("display-player.js", import.meta.url));

for (const [what, columns, rows, options] of [
  ["80x24", 80, 24, []],
  ["200x50", 200, 50, []],
  ["200x50, -v", 200, 50, ["-v"]],
] as const) {
  const shares: number[] = [];
  let last = "";
  for (let round = 0; round < ROUNDS; round++) {
    const without = await play("none", { columns, rows }, options);
    const shown = await play("live", { columns, rows }, options);
    shares.push((shown.cpu - without.cpu) / shown.wall);
    last = `${shown.events} events in ${(shown.wall / 1000).toFixed(1)} s, ${shown.cpu.toFixed(0)} ms of CPU against ${without.cpu.toFixed(0)}, ${(shown.bytes / 1000).toFixed(0)} kB written`;
  }
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  console.log(
    `500 hosts, ${what}: ${percent(quantile(shares))} of a core (${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}); ${last}`,
  );
  if (options.length === 0 && quantile(shares) > LIMIT) process.exitCode = 1;
}

interface PlayedSample extends Sample {
  readonly events: number;
  readonly bytes: number;
}

/** Runs the player in a pseudo-terminal whose other end reads all. */
async function play(
  display: "live" | "none",
  size: { readonly columns: number; readonly rows: number },
  options: readonly string[],
): Promise<PlayedSample> {
  const child = spawn(process.execPath, [player, file, String(SECONDS), display, ...options], {
    cols: size.columns,
    rows: size.rows,
    name: "xterm-256color",
    env: { PATH: process.env["PATH"], LANG: "C.UTF-8" },
  });
  let bytes = 0;
  child.onData((data) => (bytes += Buffer.byteLength(data)));
  await new Promise((resolve) => child.onExit(resolve));
  return { ...(JSON.parse(readFileSync(file, "utf8")) as Omit<PlayedSample, "bytes">), bytes };
}
