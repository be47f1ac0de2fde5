import { constants } from "node:os";
import { FusionPlayError } from "../errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** After this time a run that was told to stop is ended as it is; hosts clean up by themselves. */
const STOP_LIMIT_MS = 4500;

/**
 * What ends a run before its time. The first signal asks for an orderly end, within a few seconds unless more are
 * allowed; a second one ends the process at once. Either way no BEAM stays on a host: it ends with its SSH channel.
 */
export class StopSignals {
  readonly #controller = new AbortController();
  #exitCode: number | undefined;
  #limitMs = STOP_LIMIT_MS;

  constructor() {
    for (const name of SIGNALS) process.on(name, () => this.#onSignal(name));
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 128 and the number of the signal that came, or what {@linkcode end} was given; undefined before that. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Gives the orderly end more time, for work that is to be done then. */
  allow(milliseconds: number): void {
    this.#limitMs += milliseconds;
  }

  #onSignal(name: (typeof SIGNALS)[number]): void {
    if (this.#exitCode !== undefined) process.exit(this.#exitCode);
    this.end(128 + constants.signals[name], `stopped by ${name}`);
  }

  /** Asks for an orderly end, as a signal does. */
  end(exitCode: number, why: string): void {
    this.#exitCode ??= exitCode;
    this.#controller.abort(new FusionPlayError(`Cannot finish: ${why}`, { code: "CANCELLED" }));
    setTimeout(() => process.exit(this.#exitCode), this.#limitMs).unref();
  }
}
