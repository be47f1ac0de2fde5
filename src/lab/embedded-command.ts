import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { ServerChannel } from "ssh2";
import type { ProcessGroups } from "./process-groups.ts";

/** How long a command may take to end by itself after its channel was closed. */
const graceMs = 2000;

/** Where and as whom the commands of a host run. */
export interface CommandSetting {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly groups: ProcessGroups;
}

/**
 * Runs `command` with /bin/sh on the other end of a channel, in a process group of its own.
 *
 * @param closed Aborted when the client has closed the channel or the connection is gone.
 */
export function runCommand(
  command: string,
  { channel, closed, setting }: { channel: ServerChannel; closed: AbortSignal; setting: CommandSetting },
): void {
  const { home, env, groups } = setting;
  const child = spawn("/bin/sh", ["-c", command], { cwd: home, env, detached: true });
  channel.on("error", () => {}); // a write after the client closed: it no longer wants the bytes
  child.once("error", (error) => {
    // No process was made: no pid, and no other event follows.
    channel.stderr.write(`${error.message}\n`, () => finish(channel, { code: 255, signal: null }));
  });
  const { pid } = child;
  if (pid === undefined) return;

  groups.add(pid);
  closeWith(child, closed, () => groups.kill(pid));
  child.once("exit", () => groups.leaderEnded(pid));
  pipeStdin(channel, child.stdin);
  const output = Promise.all(pumps(child, channel));
  child.once("close", (code, signal) => void output.then(() => finish(channel, { code, signal })));
}

/** Tells the client how the command ended, then closes the channel. */
function finish(channel: ServerChannel, exit: { code: number | null; signal: string | null }): void {
  if (exit.signal === null) channel.exit(exit.code ?? 255);
  else channel.exit(exit.signal.replace(/^SIG/, ""), false, "");
  channel.end();
}

/** Ends the command with its channel: eof at once, the kill after a while. */
function closeWith(child: ChildProcessWithoutNullStreams, closed: AbortSignal, kill: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  const close = (): void => {
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
    timer = setTimeout(kill, graceMs);
  };
  child.once("exit", () => {
    clearTimeout(timer);
    closed.removeEventListener("abort", close);
  });
  if (closed.aborted) close();
  else closed.addEventListener("abort", close, { once: true });
}

function pipeStdin(channel: ServerChannel, stdin: Writable): void {
  stdin.on("error", () => {}); // the command does not read any more
  stdin.on("close", () => channel.resume()); // what the client still sends is dropped
  channel.pipe(stdin);
}

/**
 * Sends both outputs of the command to the client, at the client's pace.
 *
 * Only one write is under way at a time: where standard output and standard error both wait for the window of
 * the channel, ssh2 1.17 sends the bytes of the one twice and forgets the other.
 */
function pumps(child: ChildProcessWithoutNullStreams, channel: ServerChannel): readonly Promise<void>[] {
  let last: Promise<void> = Promise.resolve();
  const pump = async (source: Readable, target: Writable): Promise<void> => {
    try {
      for await (const chunk of source) {
        last = last.then(() => write(target, chunk as Buffer, channel));
        await last;
      }
    } catch {
      // The channel was closed, and the output destroyed with it.
    }
  };
  return [pump(child.stdout, channel), pump(child.stderr, channel.stderr)];
}

function write(target: Writable, chunk: Buffer, channel: ServerChannel): Promise<void> {
  return new Promise((resolve) => {
    target.write(chunk, () => {
      // ssh2 keeps the rest of a write that had to wait, and would send it again when the other output waits.
      Object.assign(channel, {
        _chunk: undefined,
        _chunkcb: undefined,
        _chunkErr: undefined,
        _chunkcbErr: undefined,
      });
      resolve();
    });
  });
}
