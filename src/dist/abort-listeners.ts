interface Watched<Key> {
  readonly waiting: Set<Key>;
  readonly listener: () => void;
}

/**
 * Tells of aborted signals with one listener for each, however many wait for it. The signal that was waited for last
 * stays listened to: most often the next call has the same one, and a listener costs more than the rest of a call.
 */
export class AbortListeners<Key> {
  readonly #onAbort: (key: Key, reason: unknown) => void;
  readonly #watched: Map<AbortSignal, Watched<Key>> = new Map();
  #idle: AbortSignal | undefined;

  /** @param onAbort told the keys of what is not wanted any longer */
  constructor(onAbort: (key: Key, reason: unknown) => void) {
    this.#onAbort = onAbort;
  }

  /**
   * Waits for a signal that is not aborted yet.
   *
   * @param key what nobody else waits by
   */
  add(signal: AbortSignal, key: Key): void {
    (this.#watched.get(signal) ?? this.#watch(signal)).waiting.add(key);
    if (this.#idle === signal) this.#idle = undefined;
  }

  remove(signal: AbortSignal, key: Key): void {
    const waiting = this.#watched.get(signal)?.waiting;
    if (waiting?.delete(key) !== true || waiting.size > 0) return;
    this.#forgetIdle();
    this.#idle = signal;
  }

  /** Listens to nothing any more. */
  close(): void {
    for (const signal of this.#watched.keys()) this.#forget(signal);
  }

  #watch(signal: AbortSignal): Watched<Key> {
    const waiting = new Set<Key>();
    const listener = (): void => {
      this.#watched.delete(signal);
      if (this.#idle === signal) this.#idle = undefined;
      for (const key of waiting) this.#onAbort(key, signal.reason);
    };
    signal.addEventListener("abort", listener, { once: true });
    const watched = { waiting, listener };
    this.#watched.set(signal, watched);
    return watched;
  }

  #forgetIdle(): void {
    if (this.#idle !== undefined) this.#forget(this.#idle);
    this.#idle = undefined;
  }

  #forget(signal: AbortSignal): void {
    const watched = this.#watched.get(signal);
    if (watched !== undefined) signal.removeEventListener("abort", watched.listener);
    this.#watched.delete(signal);
  }
}
