import type { Watchdog } from "./watchdog.ts";

/**
 * The process groups of one host's commands, from their start until no process of the group is left: a command
 * may end and leave processes in the background, which end with the lab.
 */
export class ProcessGroups {
  readonly #watchdog: Watchdog;
  /** Groups whose leader has ended while others of them run on. */
  readonly #lingering = new Set<number>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(watchdog: Watchdog) {
    this.#watchdog = watchdog;
  }

  /** Takes charge of the group that `pid` leads. */
  add(pid: number): void {
    this.#watchdog.add(pid);
  }

  /** Kills all processes of a group. */
  kill(pid: number): void {
    signalGroup(pid, "SIGKILL");
  }

  /** Tells that the leader of a group has ended. */
  leaderEnded(pid: number): void {
    this.#lingering.add(pid);
    this.#forgetEmpty();
  }

  /** Stops looking at groups; the watchdog kills what is left of them. */
  close(): void {
    clearInterval(this.#sweep);
  }

  #forgetEmpty(): void {
    for (const pid of this.#lingering) {
      if (signalGroup(pid, 0)) continue;
      this.#lingering.delete(pid);
      this.#watchdog.remove(pid);
    }
    if (this.#lingering.size > 0) {
      this.#sweep ??= setInterval(() => this.#forgetEmpty(), 1000).unref();
    } else {
      clearInterval(this.#sweep);
      this.#sweep = undefined;
    }
  }
}

/** Sends a signal to a process group; false if the group has no process. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // there, but not ours
  }
}
