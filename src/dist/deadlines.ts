interface Wait {
  /** By the clock of `performance.now()`. */
  readonly endsAt: number;
  readonly onLate: () => void;
}

/** Tells of waits whose time is over, with one timer for all of them: most end long before, and many begin. */
export class Deadlines {
  readonly #waits: Map<number, Wait> = new Map();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends; it may find nothing that is late. */
  #firesAt = Number.POSITIVE_INFINITY;

  /**
   * Begins a wait.
   *
   * @param key what nobody else waits by
   */
  add(key: number, ms: number, onLate: () => void): void {
    const endsAt = performance.now() + ms;
    this.#waits.set(key, { endsAt, onLate });
    if (endsAt < this.#firesAt) this.#fireAt(endsAt, ms);
  }

  remove(key: number): void {
    this.#waits.delete(key);
  }

  /** Tells of nothing any more. */
  close(): void {
    this.#waits.clear();
    clearTimeout(this.#timer);
    this.#firesAt = Number.POSITIVE_INFINITY;
  }

  #fireAt(time: number, ms: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = time;
    this.#timer = setTimeout(() => this.#onTimer(), ms);
  }

  #onTimer(): void {
    this.#firesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [key, { endsAt, onLate }] of this.#waits) {
      if (endsAt > now) {
        next = Math.min(next, endsAt);
      } else {
        this.#waits.delete(key);
        onLate();
      }
    }
    // Timers may end a little early.
    if (next < this.#firesAt) this.#fireAt(next, Math.max(1, Math.ceil(next - now)));
  }
}
