import { Slots, type Slot } from "./slots.ts";

/** Who comes to a step. */
export interface ThrottleOptions {
  /** On how many hosts at most it may be at work at once. */
  readonly throttle: number;
  /** What all hosts know the step by. */
  readonly key: unknown;
  readonly slot: Slot;
  readonly signal: AbortSignal;
}

/** Keeps steps with `throttle` from being at work on more hosts at once than they say. */
export class Throttles {
  readonly #places: Map<unknown, Slots> = new Map();

  /** Does the work of a step when there is a place for the host; without one if the signal is aborted before. */
  async use<Result>(
    { throttle, key, slot, signal }: ThrottleOptions,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const places = this.#places.get(key) ?? new Slots(throttle);
    this.#places.set(key, places);
    let leave: (() => void) | undefined;
    try {
      leave = places.tryEnter() ?? (await slot.lend(() => places.enter(signal), signal));
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    try {
      return await work();
    } finally {
      leave?.();
    }
  }
}
