import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Usage } from "./probe.ts";

export interface MeasuredOptions {
  readonly args: readonly string[];
  readonly folder: string;
  /** Program that runs it, which gets it as arguments. @default none */
  readonly launcher?: readonly string[];
  /** File descriptor that gets standard output. @default it is thrown away */
  readonly stdout?: number;
  /** Resolves when its memory is to be looked at; the signal says that there is nothing to look at any more. */
  readonly moment?: ((ended: AbortSignal) => Promise<void>) | undefined;
  /** Called once it was looked at. */
  readonly after?: () => void;
}

export interface Measured {
  readonly code: number;
  /** How long it ran, in milliseconds. */
  readonly wall: number;
  /** At the moment that was asked for. */
  readonly held: Usage | undefined;
  readonly end: Usage;
}

/** Runs a program of Node.js as it is, and measures it from within. */
export async function measuredProcess({
  args,
  folder,
  launcher = [],
  stdout,
  moment,
  after,
}: MeasuredOptions): Promise<Measured> {
  const file = join(folder, "probe.ndjson");
  rmSync(file, { force: true });
  const before = performance.now();
  const probe = new URL("probe.js", import.meta.url).href;
  const [program = "", ...rest] = [...launcher, process.execPath, "--import", probe, ...args];
  const child = spawn(program, rest, {
    stdio: [moment === undefined ? "ignore" : "pipe", stdout ?? "ignore", "inherit"],
    env: { ...process.env, FLEET_PROBE_FILE: file },
  });
  const exited = once(child, "exit") as Promise<[number]>;
  const usages = (): Usage[] => readFileSync(file, "utf8").trim().split("\n").map(parse);
  if (moment !== undefined) {
    const ended = new AbortController();
    void exited.then(() => ended.abort());
    await moment(ended.signal);
    child.kill("SIGUSR2");
    while (child.exitCode === null && !isThere(file)) await sleep(50);
    after?.();
    child.stdin?.end();
  }
  const [code] = await exited;
  const wall = performance.now() - before;
  const all = usages();
  return { code, wall, held: all.length > 1 ? all[0] : undefined, end: all.at(-1) as Usage };
}

function parse(line: string): Usage {
  return JSON.parse(line) as Usage;
}

function isThere(file: string): boolean {
  try {
    return readFileSync(file, "utf8").includes("\n");
  } catch {
    return false;
  }
}
