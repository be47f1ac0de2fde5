import pLimit, { type LimitFunction } from "p-limit";
import type { Host } from "../inventory/inventory.ts";
import type { ConnectNode, ConnectOptions, RemoteNode } from "./remote-node.ts";

/** Below the ten at which sshd begins to refuse connections that have not authenticated yet. */
const CONNECTS_PER_ADDRESS = 8;

/**
 * The nodes of a run, one a host, connected when they are first needed and kept for later plays.
 * Connecting is limited as a whole, and for each address, as several hosts may stand behind one
 * sshd.
 */
export class Sessions implements AsyncDisposable {
  readonly #connect: ConnectNode;
  readonly #limit: LimitFunction;
  readonly #perAddress: Map<string, LimitFunction> = new Map();
  readonly #nodes: Map<string, Promise<RemoteNode>> = new Map();

  constructor(connect: ConnectNode, connectConcurrency: number) {
    this.#connect = connect;
    this.#limit = pLimit(connectConcurrency);
  }

  /** The host's node. A host that could not be reached is not tried again. */
  async get(host: Host, options: ConnectOptions): Promise<RemoteNode> {
    const known = this.#nodes.get(host.name);
    if (known !== undefined) return known;
    const node = this.#limitOf(host)(() =>
      this.#limit(() => {
        options.signal.throwIfAborted();
        return this.#connect(host, options);
      }),
    );
    this.#nodes.set(host.name, node);
    return node;
  }

  /** Ends the host's node, if it ever came up. */
  async close(host: Host): Promise<void> {
    const node = this.#nodes.get(host.name);
    if (node === undefined) return;
    this.#nodes.delete(host.name);
    const up = await node.catch(() => undefined);
    await up?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const nodes = [...this.#nodes.values()];
    this.#nodes.clear();
    const closed = nodes.map(async (node) => {
      const up = await node.catch(() => undefined);
      await up?.[Symbol.asyncDispose]();
    });
    await Promise.allSettled(closed);
  }

  #limitOf({ name, connection }: Host): LimitFunction {
    const address = `${connection.address ?? name}:${connection.port ?? ""}`;
    const known = this.#perAddress.get(address);
    if (known !== undefined) return known;
    const limit = pLimit(CONNECTS_PER_ADDRESS);
    this.#perAddress.set(address, limit);
    return limit;
  }
}
