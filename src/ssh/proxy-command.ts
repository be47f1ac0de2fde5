import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Duplex } from "node:stream";

import { isDoneWithin } from "../waits/done-within.ts";
import { printable } from "./printable.ts";
import { SshError } from "./ssh-error.ts";

/** How much is kept of what the command says on its standard error. */
const MAX_STDERR = 2000;
/** How long it may take to end by itself, and how long the exit may be on its way once its output has ended. */
const GRACE_MS = 500;

/**
 * Runs the `ProxyCommand` of a host, with the user's shell and in a process group of its own: what it reads
 * and writes is the connection. Destroying the stream ends the whole group, and so does the end of this process.
 *
 * @param shell Default: that of the user, as OpenSSH takes it
 */
export function startProxyCommand(
  command: string,
  shell: string = process.env["SHELL"] || "/bin/sh",
): Duplex {
  const child = spawn(shell, ["-c", `exec ${command}`], { stdio: "pipe", detached: true });
  const forget = endWithProcess(child.pid);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR);
  });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(code === null ? `signal ${signal}` : `exit status ${code}`));
  });
  const failure = (how: string): SshError => {
    const words = printable(stderr.trim());
    const said = words === "" ? "" : `; it said: ${words}`;
    return new SshError(`its ProxyCommand ended (${how})${said}`, {
      code: "SSH_CONNECT_FAILED",
      hint: `Run it to see what is wrong with it: ${printable(command)}`,
    });
  };

  const duplex = new Duplex({
    allowHalfOpen: false,
    read: () => child.stdout.resume(),
    write: (chunk: Buffer, _encoding, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(() => done()),
    destroy: (error, done) => {
      void endGroup(child, ended).finally(() => {
        forget();
        done(error);
      });
    },
  });
  child.stdin.on("error", () => {}); // it has ended, which is told below
  child.stdout.on("data", (chunk: Buffer) => {
    if (!duplex.push(chunk)) child.stdout.pause();
  });
  let isOver = false;
  const finish = (how: string): void => {
    if (isOver) return;
    isOver = true;
    if (how === "exit status 0" || duplex.writableEnded) duplex.push(null);
    else duplex.destroy(failure(how));
  };
  void Promise.all([once(child.stdout, "close"), ended]).then(([, how]) => finish(how));
  // Something that it left behind may hold its output open, or it may have closed its output and stay.
  void ended.then((how) => setTimeout(() => finish(how), GRACE_MS).unref());
  child.stdout.once("close", () => setTimeout(() => finish("it closed its output"), GRACE_MS).unref());
  return duplex;
}

/** The process groups of those that run. */
const running = new Set<number>();

/** Has a process group end with this process, until what it returns is called. */
function endWithProcess(pid: number | undefined): () => void {
  if (pid === undefined) return () => {};
  if (running.size === 0) process.once("exit", endAll);
  running.add(pid);
  return () => {
    running.delete(pid);
    if (running.size === 0) process.off("exit", endAll);
  };
}

function endAll(): void {
  for (const pid of running) signalGroup(pid, "SIGKILL");
}

/** Lets the command end by itself, then ends all that it has started. */
async function endGroup({ pid, stdin }: ChildProcess, ended: Promise<unknown>): Promise<void> {
  stdin?.destroy();
  if (pid === undefined) return;
  signalGroup(pid, "SIGTERM");
  await isDoneWithin(ended, GRACE_MS);
  signalGroup(pid, "SIGKILL");
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // nothing is left of it
  }
}
