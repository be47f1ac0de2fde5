import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Where Linux has control groups: one tree in version 2, one for each resource in version 1. */
const ROOT = "/sys/fs/cgroup";
const IS_UNIFIED: boolean = existsSync(join(ROOT, "cgroup.controllers"));
const CPU_ROOT: string = IS_UNIFIED ? ROOT : join(ROOT, "cpuacct");
const MEMORY_ROOT: string = IS_UNIFIED ? ROOT : join(ROOT, "memory");

/**
 * A set of processes and all that they start, also what leaves its parent behind: what they use is counted together.
 * For root on Linux.
 */
export class ControlGroup implements AsyncDisposable {
  readonly #folders: readonly string[];
  readonly #cpu: string;
  readonly #memory: string;

  constructor(name: string) {
    this.#cpu = join(CPU_ROOT, name);
    this.#memory = join(MEMORY_ROOT, name);
    this.#folders = Array.from(new Set([this.#cpu, this.#memory]));
    for (const folder of this.#folders) mkdirSync(folder);
  }

  /** What starts a command in the group. */
  get launcher(): readonly string[] {
    const enter = this.#folders.map((folder) => `echo $$ > ${folder}/cgroup.procs`).join(" && ");
    return ["sh", "-c", `${enter} && exec "$@"`, "sh"];
  }

  /** CPU time of all its processes so far, in milliseconds. */
  cpuMs(): number {
    if (!IS_UNIFIED) return Number(readFileSync(join(this.#cpu, "cpuacct.usage"), "utf8")) / 1e6;
    return valueOf(readFileSync(join(this.#cpu, "cpu.stat"), "utf8"), "usage_usec") / 1000;
  }

  /** Memory that its processes have now, in megabytes: without what the system keeps of files. */
  megabytes(): number {
    const stat = readFileSync(join(this.#memory, "memory.stat"), "utf8");
    return valueOf(stat, IS_UNIFIED ? "anon" : "total_rss") / 1024 / 1024;
  }

  /** Ends what is left in it, such as masters of SSH connections, and waits until they are gone. */
  async empty(): Promise<void> {
    for (let pids = this.#pids(); pids.length > 0; pids = this.#pids()) {
      for (const pid of pids) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It has ended by itself.
        }
      }
      await sleep(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.empty();
    for (const folder of this.#folders) rmdirSync(folder);
  }

  #pids(): number[] {
    return readFileSync(join(this.#cpu, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  }
}

function valueOf(stat: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
}
