import type { MessageMeter, TrafficMeter } from "./traffic-meter.ts";

/**
 * Counts what goes on beside something that is waited for anyway, until it joins the rest: until then its waits are no
 * round trips, and its messages are kept apart, so that where they count does not depend on which of the two is faster.
 */
export class BesideMeter implements MessageMeter {
  readonly #meter: TrafficMeter;
  #hasJoined = false;
  #asked = 0;
  #told = 0;

  constructor(meter: TrafficMeter) {
    this.#meter = meter;
  }

  /** From now on it counts as the meter does, to which goes what was counted here. */
  join(): void {
    this.#hasJoined = true;
    this.#meter.addMessages(this.#asked, this.#told);
  }

  asked(): void {
    if (this.#hasJoined) this.#meter.asked();
    else this.#asked++;
  }

  told(): void {
    if (this.#hasJoined) this.#meter.told();
    else this.#told++;
  }

  async wait<Result>(answer: Promise<Result>): Promise<Result> {
    return this.#hasJoined ? this.#meter.wait(answer) : answer;
  }
}
