import { spawn, type ChildProcess } from "node:child_process";

/** Options of {@linkcode runProgram}. */
export interface RunProgramOptions {
  readonly workingDirectory: string;
  readonly timeoutMs: number;
  /** More on standard output than this ends the program. */
  readonly maxOutputBytes: number;
  /**
   * Whether the program may talk to the user at the terminal: it gets our standard input and standard error, and
   * stays in our process group. Otherwise it has no input, and a group of its own, which ends as a whole.
   *
   * @default false
   */
  readonly interactive?: boolean;
  /** Ends the program early. */
  readonly signal?: AbortSignal | undefined;
}

/** How a program ended, or why it had to be ended. */
export type ProgramResult =
  | {
      readonly type: "ended";
      readonly exitCode: number;
      readonly output: Uint8Array;
      readonly errors: string;
    }
  | { readonly type: "killed"; readonly signal: string; readonly errors: string }
  | { readonly type: "not_started"; readonly cause: NodeJS.ErrnoException }
  | { readonly type: "timed_out"; readonly errors: string }
  | { readonly type: "too_much_output" };

/** The end of standard error, where programs say what went wrong. */
const MAX_ERROR_BYTES = 16 * 1024;

/**
 * Runs a program to its end, without a shell, in our environment.
 *
 * @throws the reason of `signal`, if it ends the program
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { workingDirectory, timeoutMs, maxOutputBytes, interactive = false, signal }: RunProgramOptions,
): Promise<ProgramResult> {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    cwd: workingDirectory,
    stdio: interactive ? ["inherit", "pipe", "inherit"] : ["ignore", "pipe", "pipe"],
    detached: !interactive,
  });
  const output: Uint8Array[] = [];
  const errors: Buffer[] = [];
  return new Promise((resolve, reject) => {
    let size = 0;
    const timer = setTimeout(() => finish({ type: "timed_out", errors: tailOf(errors) }), timeoutMs);
    const stop = (): void => finish(undefined);
    signal?.addEventListener("abort", stop, { once: true });

    /** @param result undefined where the signal ended it */
    const finish = (result: ProgramResult | undefined): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      if (result?.type !== "ended") kill(child, interactive);
      if (result === undefined) reject(signal?.reason as Error);
      else resolve(result);
    };
    child.stdout?.on("data", (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > maxOutputBytes) finish({ type: "too_much_output" });
      else output.push(chunk);
    });
    child.stderr?.on("data", (chunk: Buffer) => keepTail(errors, chunk));
    child.once("error", (cause: NodeJS.ErrnoException) => finish({ type: "not_started", cause }));
    child.once("close", (exitCode, killedBy) => {
      if (exitCode === null) finish({ type: "killed", signal: killedBy ?? "", errors: tailOf(errors) });
      else finish({ type: "ended", exitCode, output: Buffer.concat(output), errors: tailOf(errors) });
    });
  });
}

/** Ends a program that was not done, with what it has started: that belongs to its group. */
function kill(child: ChildProcess, interactive: boolean): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (child.pid === undefined) return;
  try {
    if (interactive) child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

function keepTail(chunks: Buffer[], chunk: Buffer): void {
  chunks.push(chunk);
  let size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  while (size - (chunks[0]?.byteLength ?? size) >= MAX_ERROR_BYTES) size -= chunks.shift()?.byteLength ?? 0;
}

function tailOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).subarray(-MAX_ERROR_BYTES).toString("utf8");
}
