import type { Host } from "../inventory/inventory.ts";
import { ConnectLimit } from "./connect-limit.ts";
import type { ConnectNode, ConnectOptions, InTurn, RemoteNode } from "./remote-node.ts";

/**
 * The nodes of a run, one a host, connected when they are first needed and kept for later plays.
 */
export class Sessions implements AsyncDisposable {
  readonly #connect: ConnectNode;
  readonly #limit: ConnectLimit;
  readonly #nodes: Map<string, Promise<RemoteNode>> = new Map();
  /** How many others need the node of a host. */
  readonly #holds: Map<string, number> = new Map();

  constructor(connect: ConnectNode, connectConcurrency: number) {
    this.#connect = connect;
    this.#limit = new ConnectLimit(connectConcurrency);
  }

  /** The host's node. A host that could not be reached is not tried again. */
  async get(host: Host, options: Omit<ConnectOptions, "inTurn">): Promise<RemoteNode> {
    const known = this.#nodes.get(host.name);
    if (known !== undefined) return known;
    const node = this.#connectInTurn(host, options);
    this.#nodes.set(host.name, node);
    return node;
  }

  async #connectInTurn(host: Host, options: Omit<ConnectOptions, "inTurn">): Promise<RemoteNode> {
    // To wait for a turn while the host has one would be to wait for itself.
    let hasTurn = false;
    let isConnected = false;
    const firstTurn = <T>(work: () => Promise<T>): Promise<T> =>
      this.#limit.run(host, async () => {
        options.signal.throwIfAborted();
        hasTurn = true;
        try {
          return await work();
        } finally {
          hasTurn = false;
        }
      });
    const inTurn: InTurn = (work, signal) => {
      if (hasTurn) return work();
      return isConnected ? this.#limit.runAgain(host, work, signal) : firstTurn(work);
    };
    const connect = (): Promise<RemoteNode> => this.#connect(host, { ...options, inTurn });
    const node = await (this.#connect.takesTurns === true ? connect() : firstTurn(connect));
    isConnected = true;
    return node;
  }

  /** Keeps the node of a host from being closed, until it is released as often as it was held. */
  hold({ name }: Host): void {
    this.#holds.set(name, (this.#holds.get(name) ?? 0) + 1);
  }

  release({ name }: Host): void {
    this.#holds.set(name, (this.#holds.get(name) ?? 0) - 1);
  }

  /** Ends the host's node, if it ever came up and nobody holds it. */
  async close(host: Host): Promise<void> {
    const node = this.#nodes.get(host.name);
    if (node === undefined || (this.#holds.get(host.name) ?? 0) > 0) return;
    this.#nodes.delete(host.name);
    await end(node);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const nodes = [...this.#nodes.values()];
    this.#nodes.clear();
    await Promise.all(nodes.map(end));
  }
}

/** Ends a node if it ever came up. The end of one host is no reason to stop others, whatever goes wrong at it. */
async function end(node: Promise<RemoteNode>): Promise<void> {
  try {
    const up = await node;
    await up[Symbol.asyncDispose]();
  } catch {
    // It never came up, or nothing can be done about what is left of it.
  }
}
