/** Told when what it waits for is not wanted any longer. */
type OnAbort = (reason: Error) => void;

interface Watched {
  readonly waiting: Set<OnAbort>;
  readonly listener: () => void;
}

/**
 * Tells of aborted signals with one listener for each, however many wait for it. The signal that was waited for last
 * stays listened to: most often the next call has the same one, and a listener costs more than the rest of a call.
 */
export class AbortListeners {
  readonly #watched: Map<AbortSignal, Watched> = new Map();
  #idle: AbortSignal | undefined;

  /** Waits for a signal that is not aborted yet. */
  add(signal: AbortSignal, onAbort: OnAbort): void {
    (this.#watched.get(signal) ?? this.#watch(signal)).waiting.add(onAbort);
    if (this.#idle === signal) this.#idle = undefined;
  }

  remove(signal: AbortSignal, onAbort: OnAbort): void {
    const waiting = this.#watched.get(signal)?.waiting;
    if (waiting?.delete(onAbort) !== true || waiting.size > 0) return;
    this.#forgetIdle();
    this.#idle = signal;
  }

  /** Listens to nothing any more. */
  close(): void {
    for (const signal of this.#watched.keys()) this.#forget(signal);
  }

  #watch(signal: AbortSignal): Watched {
    const waiting = new Set<OnAbort>();
    const listener = (): void => {
      this.#watched.delete(signal);
      if (this.#idle === signal) this.#idle = undefined;
      for (const onAbort of waiting) onAbort(signal.reason as Error);
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
