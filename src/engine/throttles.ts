import type { Step } from "../playbook/playbook.ts";
import { Slots, type Slot } from "./slots.ts";

/** Who comes to a step. */
export interface ThrottleOptions {
  /** What all hosts know the step by. */
  readonly key: unknown;
  readonly slot: Slot;
  readonly signal: AbortSignal;
}

/** Keeps steps with `throttle` from being at work on more hosts at once than they say. */
export class Throttles {
  readonly #places: Map<unknown, Slots> = new Map();

  /** Does the work of a step when there is a place for the host; without one if the signal is aborted before. */
  use<Result>(
    { throttle }: Pick<Step, "throttle">,
    options: ThrottleOptions,
    work: () => Promise<Result>,
  ): Promise<Result> {
    return throttle === undefined ? work() : this.#useOneOf(throttle, options, work);
  }

  async #useOneOf<Result>(
    throttle: number,
    { key, slot, signal }: ThrottleOptions,
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
