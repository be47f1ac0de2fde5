import type { Writable } from "node:stream";
import { FusionPlayError } from "../errors.ts";
import type { StopSignals } from "./stop-signals.ts";

/** Exit codes that do not come from a report. `docs/cli.md` lists all. */
export const EXIT = { ok: 0, bug: 1, nothingRun: 3, problems: 7, nothingMatched: 8 } as const;

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

/** Prints an error for people: what is wrong and what to try; a bug with its stack. */
export function printError(error: unknown, output: Writable): void {
  if (error instanceof FusionPlayError) {
    if (error.name === "DocumentError") {
      output.write(`${error.message}\n`);
      return;
    }
    output.write(`error ${error.code}: ${error.message}\n`);
    if (error.hint !== undefined) output.write(`  ${error.hint}\n`);
    return;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  output.write(`This is a bug in fusion-play. Please report it with the command and these lines:\n${text}\n`);
}
