import type { StopSignals } from "./stop-signals.ts";

/** What every command is given. */
export interface CommandContext {
  readonly stop: StopSignals;
  /** Sets the exit code of the process. */
  exit(code: number): void;
}
