import type { MessageMeter, TrafficMeter } from "./traffic-meter.ts";

/**
 * Counts what goes on beside something that is waited for anyway: its waits are no round trips, and its messages are
 * kept apart until they shall count, so that nothing depends on which of the two is faster.
 */
export class BesideMeter implements MessageMeter {
  readonly #meter: TrafficMeter;
  #hasJoined = false;
  #isOver = false;
  #asked = 0;
  #told = 0;

  constructor(meter: TrafficMeter) {
    this.#meter = meter;
  }

  /** From now on messages count in the meter, to which go those that were counted here. */
  join(): void {
    this.#hasJoined = true;
    this.#meter.addMessages(this.#asked, this.#told);
  }

  /** Nothing goes on beside any more: waits count from now on, too. */
  end(): void {
    this.#isOver = true;
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
    return this.#isOver ? this.#meter.wait(answer) : answer;
  }
}
