import type { Writable } from "node:stream";
import { FusionPlayError } from "../errors.ts";
import type { StopSignals } from "./stop-signals.ts";

/** Exit codes that do not come from a report. `docs/cli.md` lists all. */
export const EXIT = {
  ok: 0,
  bug: 1,
  /** Of `diff`, as `diff(1)` has it. */
  differs: 1,
  failed: 2,
  nothingRun: 3,
  unreachable: 4,
  problems: 7,
  nothingMatched: 8,
} as const;

/** The exit code of a command that threw. */
export function exitCodeOf(error: unknown, stop: Pick<StopSignals, "exitCode">): number {
  if (stop.exitCode !== undefined) return stop.exitCode;
  if (!(error instanceof Error)) return EXIT.bug;
  if (error.name === "CommanderError") return EXIT.nothingRun;
  if (!(error instanceof FusionPlayError)) return EXIT.bug;
  return error.code === "NO_HOST_MATCHED" || error.code === "NO_STEP_LEFT"
    ? EXIT.nothingMatched
    : EXIT.nothingRun;
}

/**
 * Prints an error for people: what is wrong and what to try; a bug with its stack.
 *
 * @param mask hides secrets
 */
export function printError(
  error: unknown,
  output: Writable,
  mask: (text: string) => string = (text) => text,
): void {
  output.write(errorText(error, mask));
}

/** What is printed of an error: a mistake in a few words, a bug with its stack. Never throws. */
export function errorText(error: unknown, mask: (text: string) => string): string {
  try {
    return mask(plainText(error));
  } catch (failure) {
    const names = [error, failure].map((thrown) => (thrown instanceof Error ? thrown.name : typeof thrown));
    return (
      "This is a bug in fusion-play. Please report it with the command. The error is not shown, as what is secret " +
      `in it could not be hidden (${names.join(", ")})\n`
    );
  }
}

function plainText(error: unknown): string {
  if (error instanceof FusionPlayError) {
    if (error.name === "DocumentError") return `${error.message}\n`;
    const hint = error.hint === undefined ? "" : `  ${error.hint}\n`;
    return `error ${error.code}: ${error.message}\n${hint}`;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `This is a bug in fusion-play. Please report it with the command and these lines:\n${text}\n`;
}
