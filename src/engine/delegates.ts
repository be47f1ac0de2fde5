import type { HostBoot } from "./boot-of-hosts.ts";
import { FusionPlayError } from "../errors.ts";
import type { Host, Inventory } from "../inventory/inventory.ts";
import type { Play } from "../playbook/playbook.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import type { ModuleSource } from "./module-source.ts";
import { PolicedNode } from "./policed-node.ts";
import type { Sessions } from "./sessions.ts";
import { delegateUnreachable, type StepTarget } from "./step-target.ts";

export interface DelegatesOptions {
  readonly play: Play;
  /** Names of the hosts of the play. */
  readonly hosts: ReadonlySet<string>;
  /** Names of those, of the play or not, that will be delegated to, as far as that is known. */
  readonly expected: ReadonlySet<string>;
  readonly inventory: Inventory;
  readonly source: ModuleSource;
  readonly sessions: Sessions;
  /** Whether a play of the run lets the host fetch modules. */
  onDemand(host: Host): boolean;
  /** How the host boots as a host of a play. */
  bootOf(host: Host): HostBoot;
  readonly signal: AbortSignal;
}

/**
 * The hosts to which steps of a play are delegated. Each is connected when the first step needs it, on the same
 * session that it has as a host of the play, and kept until all hosts are done with the play. So is one of the play that
 * is done before others delegate to it, where that is expected.
 */
export class Delegates {
  readonly #options: DelegatesOptions;
  readonly #targets: Map<string, Promise<StepTarget>> = new Map();
  readonly #lost: Set<string> = new Set();

  constructor(options: DelegatesOptions) {
    this.#options = options;
  }

  /**
   * Gives the host of that name as what a step works on. Code is always shipped to it before a call: it fetches
   * modules of no play but those that it is a host of.
   *
   * @throws {FusionPlayError} `DELEGATE_UNREACHABLE`
   * @throws the signal's reason
   */
  async target(name: string, signal: AbortSignal): Promise<StepTarget> {
    const host = this.#options.inventory.hosts.get(name);
    if (host === undefined) {
      throw delegateUnreachable(name, new FusionPlayError("the inventory has no such host", HOST_UNKNOWN));
    }
    const target = this.#targets.get(name) ?? this.#connect(host);
    target.catch(() => {}); // nobody may be waiting any longer
    this.#targets.set(name, target);
    try {
      return await unlessAborted(target, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      throw delegateUnreachable(name, error);
    }
  }

  /** Whether the session of a host of the play, which is done with it, has to be there for others. */
  needs({ name }: Host): boolean {
    return this.#options.expected.has(name);
  }

  /**
   * Lets go of all of them, and closes those that nobody needs any longer, or that were lost, so that a later
   * play connects them anew.
   */
  async release(isNeeded: (host: Host) => boolean): Promise<void> {
    const { sessions, inventory, expected } = this.#options;
    const hostsOf = (names: Iterable<string>): Host[] =>
      Array.from(names).flatMap((name) => inventory.hosts.get(name) ?? []);
    for (const host of hostsOf(this.#targets.keys())) sessions.release(host);
    const all = hostsOf(new Set([...this.#targets.keys(), ...expected]));
    this.#targets.clear();
    const done = all.filter((host) => this.#lost.has(host.name) || !isNeeded(host));
    await Promise.all(done.map((host) => sessions.close(host)));
  }

  async #connect(host: Host): Promise<StepTarget> {
    const { sessions, play, hosts, signal } = this.#options;
    sessions.hold(host);
    const node = await sessions.get(host, {
      signal,
      cancelled: signal,
      onDemand: this.#options.onDemand(host),
      ...this.#options.bootOf(host),
      onPhase: () => {},
      onOutput: () => {},
    });
    void node.lost.then(() => this.#lost.add(host.name));
    // What an earlier play let it fetch is nothing for the steps of this one.
    if (!hosts.has(host.name)) await node.serve(null, { signal, onFetch: () => {} });
    const source =
      node.runtime.elixir === null ? await this.#options.source.withElixir() : this.#options.source;
    return {
      node: play.policy.deny.length === 0 ? node : new PolicedNode(node, play.policy, this.#options.source),
      source,
      codeLoading: "closure",
      delegatedTo: host.name,
    };
  }
}

const HOST_UNKNOWN = {
  code: "DELEGATE_UNREACHABLE",
  hint: "Add it to the inventory: localhost too is a host like any other, reached over SSH",
} as const;
