import { writeSync } from "node:fs";
import { SHOW_CURSOR } from "./terminal-frame.ts";

const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Gives the cursor back however the process ends or stops: it would stay hidden in the user's shell. */
export class CursorGuard implements Disposable {
  readonly #descriptor: number;
  readonly #onResume: () => void;

  /**
   * @param descriptor the file descriptor of the terminal
   * @param onResume called when the process goes on after Ctrl-Z
   */
  constructor(descriptor: number, onResume: () => void) {
    this.#descriptor = descriptor;
    this.#onResume = onResume;
    process.on("exit", this.#showCursor);
    for (const signal of ENDING_SIGNALS) process.on(signal, this.#onEnd);
    process.on("SIGTSTP", this.#onStop);
    process.on("SIGCONT", this.#onResume);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#showCursor);
    for (const signal of ENDING_SIGNALS) process.off(signal, this.#onEnd);
    process.off("SIGTSTP", this.#onStop);
    process.off("SIGCONT", this.#onResume);
  }

  readonly #onEnd = (signal: NodeJS.Signals): void => {
    // Whoever else listens stops the run in order, and the display ends with it.
    if (process.listenerCount(signal) > 1) return;
    this[Symbol.dispose]();
    this.#showCursor();
    process.kill(process.pid, signal);
  };

  readonly #onStop = (): void => {
    this.#showCursor();
    process.kill(process.pid, "SIGSTOP");
  };

  readonly #showCursor = (): void => {
    try {
      // What is written through the stream might not arrive any more.
      writeSync(this.#descriptor, `${SHOW_CURSOR}\n`);
    } catch {
      // The terminal is gone, and its cursor with it.
    }
  };
}
