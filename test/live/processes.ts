import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Sshd } from "./sshd.ts";

/** How long what runs on a host may take to end after its controller has: it waits for it to come back. */
const PATIENCE_MS = 40_000;

const run = promisify(execFile);

export interface Process {
  readonly pid: number;
  readonly name: string;
  /** Arguments and environment, as every user of the machine may see them in the worst case. */
  readonly visible: string;
}

/** All processes of the machine. */
export async function allProcesses(): Promise<Process[]> {
  const { stdout } = await run("ps", ["axeww", "-o", "pid=,comm=,args="], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split("\n").flatMap((line) => {
    const [, pid, name, visible] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || name === undefined
      ? []
      : [{ pid: Number(pid), name, visible: visible ?? "" }];
  });
}

/** What sessions on a server have started and still runs: its home folder is their `HOME`, and nobody else's. */
export async function startedOn(sshd: Sshd): Promise<Process[]> {
  return (await allProcesses()).filter(({ visible }) => visible.includes(`HOME=${sshd.home}`));
}

/** Waits until sessions on a server have left nothing; gives what is still there after some seconds. */
export async function leftOn(sshd: Sshd, patienceMs: number = PATIENCE_MS): Promise<string[]> {
  for (const end = performance.now() + patienceMs; ; await sleep(100)) {
    const left = await startedOn(sshd);
    if (left.length === 0 || performance.now() > end) return left.map(({ name, pid }) => `${name} ${pid}`);
  }
}
