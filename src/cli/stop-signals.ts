import { constants } from "node:os";
import { FusionPlayError } from "../errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** After this time a run that was told to stop is ended as it is; hosts clean up by themselves. */
const STOP_LIMIT_MS = 4500;

/**
 * The first signal asks for an orderly end, within a few seconds unless more are allowed; a second one
 * ends the process at once. Either way no BEAM stays on a host: it ends with its SSH channel.
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

  /** 128 and the number of the signal that came; undefined while none did. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Gives the orderly end more time, for work that is to be done then. */
  allow(milliseconds: number): void {
    this.#limitMs += milliseconds;
  }

  #onSignal(name: (typeof SIGNALS)[number]): void {
    if (this.#exitCode !== undefined) process.exit(this.#exitCode);
    this.#exitCode = 128 + constants.signals[name];
    const error = new FusionPlayError(`Cannot finish: stopped by ${name}`, { code: "CANCELLED" });
    this.#controller.abort(error);
    setTimeout(() => process.exit(this.#exitCode), this.#limitMs).unref();
  }
}
