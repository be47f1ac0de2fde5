import pLimit, { type LimitFunction } from "p-limit";
import type { Host } from "../inventory/inventory.ts";

/** Below the ten at which sshd begins to refuse connections that have not authenticated yet. */
const CONNECTS_PER_ADDRESS = 8;

/** Limits connecting as a whole, and for each address, as several hosts may stand behind one sshd. */
export class ConnectLimit {
  readonly #limit: LimitFunction;
  readonly #perAddress: Map<string, LimitFunction> = new Map();

  /** @param connectConcurrency how many hosts are connected to at the same time */
  constructor(connectConcurrency: number) {
    this.#limit = pLimit(connectConcurrency);
  }

  /** Does the work when it is the host's turn. */
  async run<T>(host: Host, work: () => Promise<T>): Promise<T> {
    return this.#limitOf(host)(() => this.#limit(work));
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
