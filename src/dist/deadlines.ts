/** Tells of waits whose time is over, with one timer for all of them: most end long before, and many begin. */
export class Deadlines {
  readonly #onLate: (key: number) => void;
  /** When they end, by the clock of `performance.now()`. */
  readonly #waits: Map<number, number> = new Map();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends; it may find nothing that is late. */
  #firesAt = Number.POSITIVE_INFINITY;

  /** @param onLate told the keys of waits whose time is over */
  constructor(onLate: (key: number) => void) {
    this.#onLate = onLate;
  }

  /**
   * Begins a wait.
   *
   * @param key what nobody else waits by
   */
  add(key: number, ms: number): void {
    const endsAt = performance.now() + ms;
    this.#waits.set(key, endsAt);
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
    for (const [key, endsAt] of this.#waits) {
      if (endsAt > now) {
        next = Math.min(next, endsAt);
      } else {
        this.#waits.delete(key);
        this.#onLate(key);
      }
    }
    // Timers may end a little early.
    if (next < this.#firesAt) this.#fireAt(next, Math.max(1, Math.ceil(next - now)));
  }
}
