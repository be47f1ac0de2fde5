import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

import { unlessAborted } from "../waits/unless-aborted.ts";
import { Askpass } from "./askpass.ts";
import { hasAnswers, OpensshAnswers } from "./openssh-answers.ts";
import { askedOf, connectionArguments, type BastionSocket } from "./openssh-arguments.ts";
import { opensshFailure, opensshLost, passwordRefused } from "./openssh-failure.ts";
import { seconds } from "./ssh2-failure.ts";
import { SshError } from "./ssh-error.ts";
import { describeTarget, type SshTarget } from "./ssh-target.ts";

const MAX_SAID = 8000;
/** How long ssh may take to end once nobody needs it. */
const GOODBYE_MS = 2000;
/** A socket's path may have about a hundred characters, of which ssh takes some for itself. */
const MAX_FOLDER = 60;

/**
 * Runs `ssh` in the background, tells its process id, and ends it and removes the folder once its standard input has
 * ended: that is when we end, however that happens.
 */
const WATCHED =
  'd=$1; shift; ssh "$@" </dev/null >&3 2>&3 3>&- & p=$!; echo "fusion-play-ssh $p" >&3; exec 3>&-; cat >/dev/null; kill $p 2>/dev/null; wait; rm -rf "$d"';
const PROCESS_ID = /^fusion-play-ssh (\d+)$/m;

interface StartOptions {
  readonly signal: AbortSignal;
  readonly bastion: BastionSocket | undefined;
}

/** A connection that is held by OpenSSH's `ssh`, and shared through a socket in a folder that is ours alone. */
export class OpensshMaster implements AsyncDisposable {
  /** Path of the control socket. */
  readonly socket: string;
  readonly folder: string;
  /** Resolves with the reason when ssh has ended; undefined where we ended it. */
  readonly closed: Promise<SshError | undefined>;
  /** What the server accepted: `publickey`. */
  readonly proof: string;
  readonly #child: ChildProcess;
  #isDisposed = false;

  /** What the host is called here. */
  readonly #asked: string;

  private constructor(child: ChildProcess, folder: string, output: MasterOutput, target: SshTarget) {
    this.#child = child;
    this.folder = folder;
    this.#asked = askedOf(target);
    this.socket = join(folder, "c");
    this.proof = /^Authenticated to .* using "([^"]+)"/m.exec(output.text)?.[1] ?? "ssh";
    output.clear();
    this.closed = output.ended.then(() => (this.#isDisposed ? undefined : opensshLost(target, output.text)));
  }

  /** How a host behind this one is reached. */
  get way(): BastionSocket {
    return { path: this.socket, asked: this.#asked };
  }

  /**
   * Logs in; if that fails, nothing of it stays.
   *
   * @throws {SshError} what ssh said, or the signal's reason
   */
  static async start(target: SshTarget, options: StartOptions): Promise<OpensshMaster> {
    options.signal.throwIfAborted();
    const folder = await mkdtemp(join(tmpdir().length > MAX_FOLDER ? "/tmp" : tmpdir(), "fusion-ssh-"));
    try {
      return await OpensshMaster.#start(target, folder, options);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  static async #start(
    target: SshTarget,
    folder: string,
    { signal, bastion }: StartOptions,
  ): Promise<OpensshMaster> {
    const answers = new OpensshAnswers(target);
    const refused = new AbortController();
    let output: MasterOutput | undefined;
    // Closed at the end: nothing is asked once somebody is logged in.
    await using askpass = hasAnswers(target)
      ? await Askpass.open(folder, async (question) => {
          if (question.asker !== (await output?.processId)) return undefined;
          const answer = answers.answer(question, output?.proofs ?? 0);
          if (answer !== "refused") return answer;
          refused.abort(passwordRefused(target));
          return undefined;
        })
      : undefined;
    signal.throwIfAborted();
    const mark = `fusion-play-${randomBytes(8).toString("hex")}`;
    const child = spawn(
      "/bin/sh",
      [
        "-c",
        WATCHED,
        "fusion-play",
        folder,
        ...masterArguments(folder, mark),
        ...connectionArguments(target, bastion),
      ],
      {
        stdio: ["pipe", "ignore", "ignore", "pipe"],
        detached: true,
        env: { ...process.env, ...askpass?.environment },
      },
    );
    child.stdin?.on("error", () => {});
    output = new MasterOutput(child);
    try {
      const result = loginResult(target, { child, output, mark });
      await unlessAborted(result, AbortSignal.any([signal, refused.signal]));
      return new OpensshMaster(child, folder, output, target);
    } catch (error) {
      await end(child);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await end(this.#child);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What makes `ssh` hold the connection, and print the mark once it has logged in. */
function masterArguments(folder: string, mark: string): string[] {
  const settings = [
    "ControlPersist=no",
    "PermitLocalCommand=yes",
    `LocalCommand=echo ${mark}`,
    "LogLevel=VERBOSE",
  ];
  return ["-M", "-N", "-S", join(folder, "c"), ...settings.flatMap((setting) => ["-o", setting])];
}

/** Resolves once ssh has logged in; rejects with an {@linkcode SshError} if it does not, or takes too long. */
async function loginResult(
  target: SshTarget,
  { child, output, mark }: { child: ChildProcess; output: MasterOutput; mark: string },
): Promise<void> {
  const { connectMs, authenticateMs } = target.timeouts;
  const ms = connectMs + authenticateMs;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(noResult(target, ms)), ms);
      output.onText = () => {
        if (output.text.includes(mark)) resolve();
      };
      void output.ended.then(() => reject(opensshFailure(target, output.text)));
      child.once("error", (error) => reject(opensshFailure(target, error.message)));
    });
  } finally {
    clearTimeout(timer);
  }
}

/** What ssh says, on both of its outputs. */
class MasterOutput {
  text = "";
  readonly ended: Promise<void>;
  /** Of `ssh` itself; undefined where it was never started. */
  readonly processId: Promise<number | undefined>;
  onText: () => void = () => {};

  constructor(child: ChildProcess) {
    const pipe = child.stdio[3] as Readable;
    let onProcessId: (id: number | undefined) => void = () => {};
    this.processId = new Promise((resolve) => (onProcessId = resolve));
    pipe.on("data", (chunk: Buffer) => {
      this.text = (this.text + chunk.toString("utf8")).slice(-MAX_SAID);
      const id = PROCESS_ID.exec(this.text)?.[1];
      if (id !== undefined) onProcessId(Number(id));
      this.onText();
    });
    this.ended = new Promise((resolve) => pipe.once("close", resolve));
    void this.ended.then(() => onProcessId(undefined));
  }

  /** How many proofs the server has accepted, and wanted another. */
  get proofs(): number {
    return this.text.match(/with partial success/g)?.length ?? 0;
  }

  /** What was said until now is no reason for an end that comes later. */
  clear(): void {
    this.text = "";
    this.onText = () => {};
  }
}

async function end(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const { pid } = child;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const timer = setTimeout(() => {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // nothing is left of it
    }
  }, GOODBYE_MS);
  await exited;
  clearTimeout(timer);
}

function noResult(target: SshTarget, ms: number): SshError {
  return new SshError(
    `Cannot connect to ${describeTarget(target)} with ssh: no result within ${seconds(ms)}`,
    {
      code: "SSH_CONNECT_FAILED",
      hint: "Check the network, and whether a key waits for a touch or a PIN",
      retry: "patient",
    },
  );
}
