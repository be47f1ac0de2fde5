import type { WriteStream } from "node:tty";
import { showUntil } from "./live-renderer.ts";
import type { Reporter } from "./reporter.ts";
import { TerminalDisplay } from "./terminal-display.ts";
import type { TextFormat } from "./text-format.ts";

export interface LiveReporterOptions {
  readonly stream: WriteStream & { readonly fd: number };
  readonly format: TextFormat;
  /**
   * How often `-v` was given.
   *
   * @default 0
   */
  readonly verbosity?: number;
  /** Shows what steps would change. @default false */
  readonly diff?: boolean;
  /** Shows which steps took longest. @default false */
  readonly profile?: boolean;
  /**
   * The clock, in milliseconds.
   *
   * @default Date.now
   */
  readonly now?: () => number;
}

/**
 * Shows a run on a terminal while it goes on: the state of the play and what its running hosts do
 * at the bottom, failures (with `-v` everything) above, and the recap at the end.
 */
export function liveReporter(options: LiveReporterOptions): Reporter {
  const display = new TerminalDisplay({
    verbosity: 0,
    diff: false,
    profile: false,
    now: Date.now,
    ...options,
  });
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let shown: Promise<void> | undefined;
  return {
    onEvent(event) {
      shown ??= showUntil(display, finished);
      display.onEvent(event);
    },
    async end() {
      finish();
      await shown;
      await display.flush();
    },
  };
}
