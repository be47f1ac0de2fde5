import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ErrorCode } from "../error-code.ts";
import { FusionPlayError } from "../errors.ts";
import { prepareFolder, removeFolder } from "./lab-folder.ts";
import { readState, type LabState } from "./lab-state.ts";
import { labStatus } from "./lab-status.ts";
import type { LabOptions } from "./serve-lab.ts";

/** What the serving process tells the one that started it, over Node's IPC channel. */
export type ServeMessage =
  | { readonly type: "ready"; readonly state: LabState }
  | {
      readonly type: "failed";
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint?: string | undefined;
    };

/** How long a lab may take to come up: an sshd of a hundred takes a tenth of a second. */
const startMs = 60_000;

/**
 * Brings up a lab in a process of its own, which outlives this one, and resolves when all hosts can be reached.
 *
 * @param options.serveCommand Program and arguments that run {@linkcode serveLab} and send {@linkcode ServeMessage}s.
 * @returns the lab; `already` if it was up before
 * @throws {FusionPlayError} `LAB_FAILED`, or the signal's reason
 */
export async function labUp(
  options: LabOptions & { readonly serveCommand: readonly string[]; readonly signal: AbortSignal },
): Promise<{ readonly state: LabState; readonly already: boolean }> {
  assertSensible(options);
  const dir = resolve(options.dir);
  const status = await labStatus({ dir });
  if (status.type === "up") return { state: acceptRunning(status.state, options), already: true };
  if (status.type === "stuck") {
    throw new FusionPlayError(
      `Cannot bring up the lab: process ${status.state.pid} serves one and does not answer`,
      {
        code: "LAB_FAILED",
        hint: `Look at process ${status.state.pid}, end it if it is a lab, and try again`,
      },
    );
  }
  const made = await prepareFolder(dir);
  const child = await startServing({ ...options, dir });
  try {
    return { state: await untilReady(child, { dir, signal: options.signal }), already: false };
  } catch (error) {
    await end(child);
    // Another lab may have come up there meanwhile.
    if (made && (await readState(dir)) === undefined) await removeFolder(dir);
    throw error;
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

function assertSensible({ hosts, port }: LabOptions): void {
  if (!Number.isInteger(hosts) || hosts < 1 || hosts > 500) {
    throw new FusionPlayError(`Cannot bring up a lab of ${hosts} hosts: it can have 1 to 500`, {
      code: "USAGE",
    });
  }
  if (!Number.isInteger(port) || port < 1 || port + hosts > 65_535) {
    throw new FusionPlayError(`Cannot bring up a lab with ports after ${port}: ports are 1 to 65535`, {
      code: "USAGE",
    });
  }
}

/** The lab that is up will do if it is the one that is wanted. */
function acceptRunning(state: LabState, { hosts, sshd, port }: LabOptions): LabState {
  const server = sshd ? "sshd" : "embedded";
  if (state.hosts.length === hosts && state.server === server && state.hosts[0]?.port === port + 1)
    return state;
  throw new FusionPlayError(
    `Cannot bring up the lab: one with ${state.hosts.length} ${state.server} hosts from port ${state.hosts[0]?.port} is up`,
    { code: "LAB_FAILED", hint: "Take it down first with `fusion-play lab down`" },
  );
}

async function startServing(
  options: LabOptions & { readonly serveCommand: readonly string[] },
): Promise<ChildProcess> {
  const { dir, hosts, sshd, port, serveCommand } = options;
  const [program = process.execPath, ...args] = serveCommand;
  const log = await open(join(dir, "serve.log"), "w", 0o600);
  try {
    return spawn(
      program,
      [...args, "--dir", dir, "--hosts", `${hosts}`, "--port", `${port}`, ...(sshd ? ["--sshd"] : [])],
      { detached: true, stdio: ["ignore", "ignore", log.fd, "ipc"] },
    );
  } finally {
    await log.close();
  }
}

async function untilReady(
  child: ChildProcess,
  { dir, signal }: { readonly dir: string; readonly signal: AbortSignal },
): Promise<LabState> {
  const deadline = AbortSignal.timeout(startMs);
  const done = new AbortController(); // takes the listeners of the losers away
  const either = AbortSignal.any([signal, deadline, done.signal]);
  try {
    const message = await Promise.race([
      once(child, "message", { signal: either }).then(([first]) => first as ServeMessage),
      once(child, "exit", { signal: either }).then(() => undefined),
    ]);
    if (message?.type === "ready") return message.state;
    if (message?.type === "failed") throw new FusionPlayError(message.message, message);
    throw new FusionPlayError(`Cannot bring up the lab: its process ended (${await lastWords(dir)})`, {
      code: "LAB_FAILED",
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!deadline.aborted) throw error;
    throw new FusionPlayError(`Cannot bring up the lab: it was not ready within ${startMs / 1000} seconds`, {
      code: "LAB_FAILED",
      cause: error,
    });
  } finally {
    done.abort();
  }
}

/** What the process said of its end: its error, where it wrote one with a stack trace. */
async function lastWords(dir: string): Promise<string> {
  const log = await readFile(join(dir, "serve.log"), "utf8").catch(() => "");
  const lines = log.trim().split("\n");
  return lines.findLast((line) => /^\w*Error\b/.test(line)) ?? (lines.at(-1) || "it said nothing");
}

/** Ends a serving process that did not come up; it is ours, so its process id is right. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
}
