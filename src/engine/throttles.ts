import type { Step } from "../playbook/playbook.ts";
import { Slots, type Slot } from "./slots.ts";

/** Keeps steps with `throttle` from being at work on more hosts at once than they say. */
export class Throttles {
  readonly #places: Map<Step, Slots> = new Map();

  /** Does the work of a step when there is a place for the host; without one if the signal is aborted before. */
  async use<Result>(
    step: Step,
    { slot, signal }: { slot: Slot; signal: AbortSignal },
    work: () => Promise<Result>,
  ): Promise<Result> {
    const { throttle } = step;
    if (throttle === undefined) return work();
    const places = this.#places.get(step) ?? new Slots(throttle);
    this.#places.set(step, places);
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
