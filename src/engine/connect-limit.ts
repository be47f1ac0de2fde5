import { FusionPlayError } from "../errors.ts";
import type { Host } from "../inventory/inventory.ts";
import { WaitingLine } from "./waiting-line.ts";

/** Below the ten at which sshd begins to refuse connections that have not authenticated yet. */
const CONNECTS_PER_ADDRESS = 8;

/**
 * Limits connecting as a whole, and for each address, as several hosts may stand behind one sshd. Hosts that were
 * connected and lost their connection come before those that were not: their BEAMs wait for seconds only.
 */
export class ConnectLimit {
  readonly #connectConcurrency: number;
  #underWay = 0;
  readonly #perAddress: Map<string, number> = new Map();
  readonly #again: WaitingLine<Waiting> = new WaitingLine();
  readonly #anew: WaitingLine<Waiting> = new WaitingLine();

  /** @param connectConcurrency how many hosts are connected to at the same time */
  constructor(connectConcurrency: number) {
    this.#connectConcurrency = connectConcurrency;
  }

  /** Does the work when it is the host's turn. */
  async run<T>(host: Host, work: () => Promise<T>): Promise<T> {
    return this.#do(addressOf(host), (waiting) => this.#enqueue(this.#anew, waiting), work);
  }

  /**
   * Does the work that connects a host again when it is its turn.
   *
   * @throws {FusionPlayError} `TIMEOUT` if the signal is aborted while it waits
   */
  async runAgain<T>(host: Host, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    let onAbort: () => void = () => {};
    const enqueue = (waiting: Waiting): void => {
      onAbort = (): void => {
        if (this.#again.remove(waiting)) waiting.giveUp(notItsTurn(host, this.#underWay));
      };
      this.#enqueue(this.#again, waiting);
      signal.addEventListener("abort", onAbort, { once: true });
    };
    const begun = async (): Promise<T> => {
      signal.removeEventListener("abort", onAbort);
      return work();
    };
    return this.#do(addressOf(host), enqueue, begun);
  }

  async #do<T>(address: string, enqueue: (waiting: Waiting) => void, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin, giveUp) => enqueue({ address, begin, giveUp }));
    try {
      return await work();
    } finally {
      this.#count(address, -1);
      this.#beginNext();
    }
  }

  #enqueue(line: WaitingLine<Waiting>, waiting: Waiting): void {
    line.add(waiting);
    this.#beginNext();
  }

  #beginNext(): void {
    for (const line of [this.#again, this.#anew]) {
      while (this.#underWay < this.#connectConcurrency) {
        const waiting = line.take(this.#hasRoom);
        if (waiting === undefined) break;
        this.#count(waiting.address, 1);
        waiting.begin();
      }
    }
  }

  readonly #hasRoom = (address: string): boolean =>
    (this.#perAddress.get(address) ?? 0) < CONNECTS_PER_ADDRESS;

  #count(address: string, change: 1 | -1): void {
    this.#underWay += change;
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + change);
  }
}

/** A host whose turn it is not yet. */
interface Waiting {
  readonly address: string;
  begin(): void;
  giveUp(error: FusionPlayError): void;
}

function addressOf({ name, connection }: Host): string {
  return `${connection.address ?? name}:${connection.port ?? ""}`;
}

function notItsTurn({ name }: Host, underWay: number): FusionPlayError {
  return new FusionPlayError(
    `Cannot connect to ${name} again: its turn did not come, while ${underWay} others were connected to`,
    { code: "TIMEOUT", hint: "Raise --connect-concurrency, as far as servers and bastions stand it" },
  );
}
