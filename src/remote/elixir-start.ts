import { FusionPlayError } from "../errors.ts";
import { formatTerm } from "../etf/format.ts";
import { atom, isAtom, tuple, type Term } from "../etf/term.ts";
import type { ShippedModule } from "../engine/module-source.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";

export interface ElixirStartOptions {
  /** Name of the host. */
  readonly host: string;
  /** Version of the host's own Elixir; null on a host that has only Erlang. */
  readonly own: string | null;
  /** Asks the agent, in its time. */
  ask(request: Term): Promise<Term>;
}

/** The start of Elixir's own processes on a host, which its standard library needs: once, when Elixir is used. */
export class ElixirStart {
  readonly #options: ElixirStartOptions;
  #starting: Promise<void> | undefined;
  #isStarted = false;

  constructor(options: ElixirStartOptions) {
    this.#options = options;
  }

  /**
   * Starts the host's own Elixir, if it has one, or the one of which this is the resource.
   *
   * @throws {FusionPlayError} `BOOT_FAILED`, `TIMEOUT`, `NODE_LOST`; or the signal's reason
   */
  async start(signal: AbortSignal, shipped?: Term): Promise<void> {
    if (this.#isStarted) return;
    if (this.#options.own !== null) await this.#startBy(atom("start_elixir"), signal);
    else if (shipped !== undefined) await this.#startBy(tuple(atom("start_elixir"), shipped), signal);
  }

  /** Starts the Elixir that was shipped with these modules, to a host without one. @throws as `start` */
  async startShipped(modules: readonly ShippedModule[], signal: AbortSignal): Promise<void> {
    const shipped = modules.find(({ application }) => application !== undefined)?.application;
    if (shipped !== undefined) await this.start(signal, shipped);
  }

  /** Several may wait for one start: who gives up does not end it for the others. A failure is told to those only. */
  async #startBy(request: Term, signal: AbortSignal): Promise<void> {
    if (this.#starting === undefined) {
      this.#starting = this.#ask(request);
      this.#starting.then(
        () => (this.#isStarted = true),
        () => (this.#starting = undefined),
      );
    }
    await unlessAborted(this.#starting, signal);
  }

  async #ask(request: Term): Promise<void> {
    const { host, ask } = this.#options;
    const answer = await ask(request);
    if (isAtom(answer, "ok")) return;
    const why = formatTerm(answer, "erlang", { maxLength: 500 });
    throw new FusionPlayError(`Cannot start Elixir on ${host}: ${why}`, { code: "BOOT_FAILED" });
  }
}
