/** Lets so many hosts be worked on at the same time, in the order in which they ask. */
export class Slots {
  #free: number;
  readonly #waiting: Set<() => void> = new Set();

  constructor(count: number) {
    this.#free = count;
  }

  /** Does work on a host when it is its turn. */
  async use<Result>(work: (slot: Slot) => Promise<Result>): Promise<Result> {
    await this.#take();
    const slot = new HostSlot(
      (signal) => this.#take(signal),
      () => this.#release(),
    );
    try {
      return await work(slot);
    } finally {
      slot.release();
    }
  }

  /** Takes a place that is free, and gives what frees it again; undefined if there is none. */
  tryEnter(): (() => void) | undefined {
    if (this.#free === 0) return undefined;
    this.#free--;
    return () => this.#release();
  }

  /** Waits for a place, and gives what frees it again. @throws the signal's reason */
  async enter(signal: AbortSignal): Promise<() => void> {
    await this.#take(signal);
    return () => this.#release();
  }

  async #take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(next);
        reject(signal?.reason as Error);
      };
      const next = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      this.#waiting.add(next);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

/** The place of one host among those that are worked on. */
export interface Slot {
  /**
   * Lets other hosts have the slot while the host waits for them, as it would wait for ever for hosts
   * that cannot begin. Afterwards it takes its turn again, unless the signal is aborted.
   */
  lend<Result>(wait: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
}

class HostSlot implements Slot {
  readonly #take: (signal: AbortSignal) => Promise<void>;
  readonly #give: () => void;
  #isHeld = true;
  /** How many waits of the host are under way: the function of a play may have several. */
  #lent = 0;
  #taking: Promise<void> | undefined;

  constructor(take: (signal: AbortSignal) => Promise<void>, give: () => void) {
    this.#take = take;
    this.#give = give;
  }

  async lend<Result>(wait: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    this.#lent++;
    this.release();
    try {
      return await wait();
    } finally {
      this.#lent--;
      if (this.#lent === 0 && !signal.aborted) await this.#takeBack(signal).catch(() => {});
    }
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#give();
  }

  async #takeBack(signal: AbortSignal): Promise<void> {
    this.#taking ??= this.#take(signal)
      .then(() => {
        // Another wait may have begun while this one was over.
        if (this.#lent === 0) this.#isHeld = true;
        else this.#give();
      })
      .finally(() => {
        this.#taking = undefined;
      });
    await this.#taking;
  }
}
