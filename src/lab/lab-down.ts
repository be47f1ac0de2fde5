import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FusionPlayError } from "../errors.ts";
import { askControlPort } from "./control-port.ts";
import { removeFolder } from "./lab-folder.ts";
import { readState, type LabState } from "./lab-state.ts";

/** How long a lab may take to end by itself. */
const graceMs = 10_000;

/**
 * Ends the lab in `dir` with everything that runs on its hosts, and removes its folder.
 *
 * @returns what was there: a lab, what a crashed one left, or nothing
 * @throws {FusionPlayError} `LAB_FAILED` if it cannot be ended
 */
export async function labDown({ dir }: { readonly dir: string }): Promise<"up" | "stale" | "down"> {
  const folder = resolve(dir);
  const state = await readState(folder);
  if (state === undefined) return "down";
  const answer = await askControlPort(state, "stop");
  if (answer.type === "silent") throw stuck(state);
  if (answer.type === "answered") {
    const ended = await Promise.race([answer.ended.then(() => true), sleep(graceMs, false, { ref: false })]);
    // It has proved that this number is its own. Its watchdogs end what it started.
    if (!ended) process.kill(answer.pid, "SIGKILL");
    await answer.ended;
    await untilGone(answer.pid);
  }
  await removeFolder(folder);
  return answer.type === "answered" ? "up" : "stale";
}

/** The process closes its connections a moment before it ends. */
async function untilGone(pid: number): Promise<void> {
  const deadline = AbortSignal.timeout(2000);
  while (!deadline.aborted && exists(pid)) await sleep(10);
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function stuck({ pid }: LabState): FusionPlayError {
  return new FusionPlayError(`Cannot take the lab down: its process ${pid} does not answer`, {
    code: "LAB_FAILED",
    hint: `Look at process ${pid}, end it if it is a lab, and try again`,
  });
}
