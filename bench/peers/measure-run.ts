import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import type { ControlGroup } from "./control-group.ts";
import type { Command } from "./peer.ts";
import type { Wire } from "./wire.ts";

/** How often the memory of the controller is looked at. */
const LOOK_MS = 25;
/** A run that takes longer has failed. */
const LIMIT_MS = 10 * 60_000;
/** A clock tick of `/proc/stat`. */
const TICK_MS = 10;

/** What a run took: times in milliseconds. */
export interface RunMeasure {
  readonly wall: number;
  readonly controllerCpu: number;
  readonly hostsCpu: number;
  /** The most that all processes of the controller had together, in megabytes. */
  readonly megabytes: number;
  readonly bytes: number;
  /** Share of the machine that was not idle, nor used by controller, hosts and what measures them. */
  readonly others: number;
}

/** Where runs are measured. */
export interface Bed {
  readonly wire: Wire;
  readonly controller: ControlGroup;
  readonly hosts: ControlGroup;
}

/**
 * Runs a command and measures it, until all that it has started on the controller is gone.
 *
 * @throws if it failed, or did not do what it should
 */
export async function measureRun({ args, env, warmUp, mistakeIn }: Command, bed: Bed): Promise<RunMeasure> {
  const { wire, controller, hosts } = bed;
  const launcher = [...controller.launcher, ...wire.launchers.controller];
  if (warmUp !== undefined) {
    const [warming = "", ...words] = [...launcher, ...warmUp];
    // Who waited for it without a turn for anything else would not read what sshd says, which would wait for that.
    await promisify(execFile)(warming, words, {
      env: { ...process.env, ...env },
      timeout: LIMIT_MS,
      maxBuffer: Infinity,
    });
  }
  const [program = "", ...rest] = [...launcher, ...args];
  const before = {
    controller: controller.cpuMs(),
    hosts: hosts.cpuMs(),
    bytes: wire.bytes(),
    busy: busyMs(),
  };
  const own = process.cpuUsage();
  let megabytes = 0;
  const look = setInterval(() => (megabytes = Math.max(megabytes, controller.megabytes())), LOOK_MS);
  const began = performance.now();
  const child = spawn(program, rest, {
    env: { ...process.env, ...env },
    timeout: LIMIT_MS,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => void (output += text));
  }
  const [code] = (await once(child, "exit").finally(() => clearInterval(look))) as [number | null];
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(own);
  const busy = busyMs() - before.busy - (user + system) / 1000;
  const controllerCpu = controller.cpuMs() - before.controller;
  await controller.empty();
  const hostsCpu = hosts.cpuMs() - before.hosts;
  const mistake = code === 0 ? mistakeIn(output) : `it ended with ${code}`;
  if (mistake !== undefined) throw new Error(`${mistake}\n${output.slice(-2000)}`);
  return {
    wall,
    controllerCpu,
    hostsCpu,
    megabytes,
    bytes: wire.bytes() - before.bytes,
    others: Math.max(0, busy - controllerCpu - hostsCpu) / (wall * availableParallelism()),
  };
}

/** Time that all processors together were at work, in milliseconds. */
function busyMs(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = readFileSync(
    "/proc/stat",
    "utf8",
  )
    .split("\n", 1)[0]!
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_MS;
}
