import { setTimeout as sleep } from "node:timers/promises";
import type { CommandExit, RemoteCommand } from "../ssh/ssh-connection.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import type { HostCommands } from "./become-commands.ts";
import { killCommand, shellCommand } from "./shell-command.ts";
import { afterPid, TELL_PID, toldPid } from "./told-pid.ts";

export interface RunScriptOptions {
  /** What the script finds as `$1` and so on. */
  readonly args?: readonly string[];
  /** Sends what the script reads. The signal tells that it is in vain: the script has ended, or is given up. */
  readonly input?: (stdin: RemoteCommand["stdio"], signal: AbortSignal) => Promise<void>;
  /** Told of standard output as it comes. */
  readonly onOutput?: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What a script said, each stream up to a limit, and how it ended. */
export interface ScriptResult extends CommandExit {
  readonly stdout: string;
  readonly stderr: string;
}

/** More than any of our scripts prints; what a host sends beyond is dropped. */
const MAX_CHARACTERS = 64 * 1024;
/** How long a script may take to clean up when its standard input ends, and the command that kills it. */
const EXIT_GRACE_MS = 2000;
const KILL_MS = 500;

/**
 * Runs a script with `/bin/sh` on a host, to its end. Where it is given up, its standard input ends,
 * and if that does not end it, it is killed with all that it has started: OpenSSH passes no signal on for root.
 *
 * @throws {SshError} the command cannot be started; or the signal's reason
 */
export async function runScript(
  ssh: HostCommands,
  script: string,
  { args = [], input = async () => {}, onOutput = () => {}, signal }: RunScriptOptions,
): Promise<ScriptResult> {
  const command = await ssh.exec(shellCommand(`${TELL_PID}; ${script}`, args), { signal });
  const stdout = new LimitedText();
  const stderr = new LimitedText();
  const outputEnd = new Promise<void>((resolve) => {
    const onBytes = (chunk: Uint8Array): void => onOutput(stdout.add(chunk));
    command.stdio.listen({ onBytes, onEnd: () => resolve() });
  });
  command.onStderr((chunk) => stderr.add(chunk));
  const ended = new AbortController();
  void command.exited.then(() => ended.abort());
  try {
    await input(command.stdio, AbortSignal.any([signal, ended.signal])).catch((error: unknown) => {
      if (!ended.signal.aborted) throw error;
    });
    // The server may tell the exit before the last output. What the script left running may hold that open.
    const over = Promise.all([command.exited, Promise.race([outputEnd, ssh.closed])]);
    const [exit] = await unlessAborted(over, signal);
    return { ...exit, stdout: afterPid(stdout.text), stderr: stderr.text };
  } catch (error) {
    const pid = toldPid(stdout.text);
    command.stdio.close();
    const grace = sleep(EXIT_GRACE_MS, "late", { signal: ended.signal }).catch(() => "ended");
    if ((await grace) === "late" && pid !== undefined) await kill(ssh, pid);
    throw error;
  } finally {
    command.stdio.close();
  }
}

/** A host that does not answer any longer has lost the connection, too. */
async function kill(ssh: HostCommands, pid: number): Promise<void> {
  await ssh.exec(killCommand(pid), { signal: AbortSignal.timeout(KILL_MS) }).catch(() => {});
}

class LimitedText {
  readonly #decoder = new TextDecoder();
  text = "";

  /** Gives the text of the chunk. */
  add(chunk: Uint8Array): string {
    const text = this.#decoder.decode(chunk, { stream: true });
    if (this.text.length < MAX_CHARACTERS) this.text = (this.text + text).slice(0, MAX_CHARACTERS);
    return text;
  }
}
