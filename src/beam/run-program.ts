import { spawn } from "node:child_process";
import { once } from "node:events";
import { FusionPlayError } from "../errors.ts";

/** What compilers print is shown to the user; more than this is cut. */
const MAX_OUTPUT_BYTES = 256 * 1024;

export interface RunProgramOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly cwd?: string;
}

export interface ProgramResult {
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  /** Standard output and standard error as they came. */
  readonly output: string;
}

/** Variables through which a user's shell would change what the programs do, or where they write. */
const DROPPED_VARIABLES = [
  "ERL_FLAGS",
  "ERL_AFLAGS",
  "ERL_ZFLAGS",
  "ERL_COMPILER_OPTIONS",
  "ERLC_USE_SERVER",
  "ELIXIR_CLI_DRY_RUN",
];

/**
 * Runs a program of Erlang or Elixir to its end: no shell, no standard input.
 *
 * @throws {FusionPlayError} `CANCELLED`, `TIMEOUT`, `COMPILER_NOT_FOUND` if it does not start
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { signal, timeoutMs, cwd }: RunProgramOptions,
): Promise<ProgramResult> {
  throwIfCancelled(signal, program);
  const deadline = AbortSignal.timeout(timeoutMs);
  const child = spawn(program, args, {
    cwd,
    env: programEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.any([signal, deadline]),
    killSignal: "SIGKILL",
  });
  const chunks: Buffer[] = [];
  let room = MAX_OUTPUT_BYTES;
  const keep = (chunk: Buffer): void => {
    chunks.push(chunk.subarray(0, room));
    room = Math.max(0, room - chunk.length);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  try {
    // Rejects with what `error` is emitted with.
    const [exitCode] = (await once(child, "close")) as [number | null];
    return { exitCode, output: Buffer.concat(chunks).toString("utf8") };
  } catch (cause) {
    throwIfCancelled(signal, program);
    throw deadline.aborted
      ? new FusionPlayError(`Cannot run "${program}": it did not end within ${timeoutMs / 1000} s`, {
          code: "TIMEOUT",
          hint: "Run it by hand to see what it waits for",
        })
      : new FusionPlayError(`Cannot run "${program}": ${(cause as Error).message}`, {
          code: "COMPILER_NOT_FOUND",
          hint: "Run it by hand to see what is wrong with it",
          cause,
        });
  }
}

function throwIfCancelled(signal: AbortSignal, program: string): void {
  if (!signal.aborted) return;
  throw new FusionPlayError(`Cannot run "${program}": the run was stopped`, {
    code: "CANCELLED",
    cause: signal.reason,
  });
}

function programEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !DROPPED_VARIABLES.includes(name));
  return {
    ...Object.fromEntries(kept),
    // No crash dump in the current folder, and file names in UTF-8 whatever the locale.
    ERL_CRASH_DUMP_SECONDS: "0",
    ELIXIR_ERL_OPTIONS: "+fnu",
  };
}
