import { FusionPlayError } from "../errors.ts";
import { formatTerm } from "../etf/format.ts";
import { atom, isAtom, tuple, type Term } from "../etf/term.ts";
import type { ShippedModule } from "../engine/module-source.ts";

export interface ElixirStartOptions {
  /** Name of the host. */
  readonly host: string;
  /** Version of the host's own Elixir; null on a host that has only Erlang. */
  readonly own: string | null;
  /** Asks the agent, in its time. */
  ask(request: Term, signal: AbortSignal): Promise<Term>;
}

/** The start of Elixir's own processes on a host, which its standard library needs: once, when Elixir is used. */
export class ElixirStart {
  readonly #options: ElixirStartOptions;
  #started: Promise<void> | undefined;

  constructor(options: ElixirStartOptions) {
    this.#options = options;
  }

  /**
   * Starts the host's own Elixir, if it has one, or the one of which this is the resource.
   *
   * @throws {FusionPlayError} `BOOT_FAILED`, `TIMEOUT`, `NODE_LOST`
   */
  async start(signal: AbortSignal, shipped?: Term): Promise<void> {
    if (this.#options.own !== null) await this.#ask(atom("start_elixir"), signal);
    else if (shipped !== undefined) await this.#ask(tuple(atom("start_elixir"), shipped), signal);
  }

  /** Starts the Elixir that was shipped with these modules, to a host without one. @throws as `start` */
  async startShipped(modules: readonly ShippedModule[], signal: AbortSignal): Promise<void> {
    const shipped = modules.find(({ application }) => application !== undefined)?.application;
    if (shipped !== undefined) await this.start(signal, shipped);
  }

  async #ask(request: Term, signal: AbortSignal): Promise<void> {
    const { host, ask } = this.#options;
    this.#started ??= ask(request, signal).then((answer) => {
      if (isAtom(answer, "ok")) return;
      const why = formatTerm(answer, "erlang", { maxLength: 500 });
      throw new FusionPlayError(`Cannot start Elixir on ${host}: ${why}`, { code: "BOOT_FAILED" });
    });
    await this.#started;
  }
}
