/** Two clocks in milliseconds. */
export interface Clocks {
  /** Time of day: it goes on while a machine sleeps, and may be set. */
  wall(): number;
  /** Time that a machine was awake: nobody sets it. */
  awake(): number;
}

export const SYSTEM_CLOCKS: Clocks = { wall: () => Date.now(), awake: () => performance.now() };

/**
 * For how long something is held. It is over as soon as one of the clocks says so: a lease does not outlast the sleep
 * of a machine, nor a time of day that was set back.
 */
export class Lease {
  readonly #clocks: Clocks;
  readonly #wallEnd: number;
  readonly #awakeEnd: number;

  constructor(ms: number, clocks: Clocks) {
    this.#clocks = clocks;
    this.#wallEnd = clocks.wall() + ms;
    this.#awakeEnd = clocks.awake() + ms;
  }

  /** How long it lasts at most from now on, in whole milliseconds; 0 when it is over. */
  get leftMs(): number {
    const { wall, awake } = this.#clocks;
    return Math.max(0, Math.ceil(Math.min(this.#wallEnd - wall(), this.#awakeEnd - awake())));
  }

  get isOver(): boolean {
    return this.leftMs === 0;
  }
}
