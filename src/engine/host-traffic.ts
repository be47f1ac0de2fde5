import type { HostTraffic } from "./report.ts";
import type { RemoteNode, Traffic } from "./remote-node.ts";

/** Counts what the parts of a host's way through a play take of the network. */
export class TrafficCount {
  /** The node of the host, once it is connected. */
  #node: Pick<RemoteNode, "traffic"> | undefined;
  /** What there was when the part of the way began that is under way. */
  #phaseStart: Traffic = NOTHING;
  #playStart: Traffic = NOTHING;
  #facts: Traffic | undefined;

  /**
   * The next part of the way to the host begins.
   *
   * @param now what there was until now
   * @returns what the part before took
   */
  nextPhase(now: Traffic): Traffic {
    const taken = difference(this.#phaseStart, now);
    this.#phaseStart = now;
    return taken;
  }

  /** @param isNew whether the way to the host was a part of this play */
  connected(node: Pick<RemoteNode, "traffic">, isNew: boolean): void {
    this.#node = node;
    if (!isNew) this.#playStart = node.traffic;
  }

  /** Begins to count; gives what tells how much there was since. */
  begin(): () => Traffic {
    const start = this.#now;
    return () => difference(start, this.#now);
  }

  /** Counts work that asks the host about itself. */
  async facts<Result>(work: () => Promise<Result>): Promise<Result> {
    const taken = this.begin();
    try {
      return await work();
    } finally {
      this.#facts = taken();
    }
  }

  /** What the whole play took. */
  get ofPlay(): HostTraffic {
    const total = difference(this.#playStart, this.#now);
    return this.#facts === undefined ? { total } : { total, facts: this.#facts };
  }

  get #now(): Traffic {
    return this.#node?.traffic ?? this.#phaseStart;
  }
}

const NOTHING: Traffic = {
  round_trips: 0,
  messages_sent: 0,
  messages_received: 0,
  bytes_sent: 0,
  bytes_received: 0,
};

function difference(before: Traffic, after: Traffic): Traffic {
  return {
    round_trips: after.round_trips - before.round_trips,
    messages_sent: after.messages_sent - before.messages_sent,
    messages_received: after.messages_received - before.messages_received,
    bytes_sent: after.bytes_sent - before.bytes_sent,
    bytes_received: after.bytes_received - before.bytes_received,
  };
}
