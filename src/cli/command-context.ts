import type { StopSignals } from "./stop-signals.ts";

/** What every command is given. */
export interface CommandContext {
  readonly stop: StopSignals;
  /** Sets the exit code of the process. */
  exit(code: number): void;
  /** Says that hosts are worked on from now on. */
  beginRun(): void;
  /** Says how secrets are kept out of the error that ends the command, where it throws one. */
  maskErrors(mask: (text: string) => string): void;
}
