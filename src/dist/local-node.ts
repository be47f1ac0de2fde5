import { randomInt } from "node:crypto";
import { Pid, Reference } from "../etf/term.ts";

/** So many ids and serials pids have that OTP 23 takes, too: 15 bits of the one and 13 of the other. */
export const PID_IDS: number = 2 ** 15;
export const PID_SERIALS: number = 2 ** 13;
/** First word of a reference: 18 bits. */
export const FIRST_WORD_LIMIT: number = 2 ** 18;
const WORD_LIMIT = 2 ** 32;

/** Our node as one other node sees it: its name, and the pids and references that it gives out. */
export class LocalNode {
  /** Full name: `name@127.0.0.1`. */
  readonly name: string;
  readonly creation: number;
  #nextPid = 1;
  #nextReference = 1;

  constructor(name: string) {
    this.name = name;
    // 0 to 3 are creations of old nodes.
    this.creation = randomInt(4, WORD_LIMIT);
  }

  /** The part of the name before the `@`. */
  get shortName(): string {
    return this.name.slice(0, this.name.indexOf("@"));
  }

  newPid(): Pid {
    const number = this.#nextPid++ % (PID_IDS * PID_SERIALS);
    return new Pid(this.name, number % PID_IDS, Math.floor(number / PID_IDS), this.creation);
  }

  newReference(): Reference {
    const number = this.#nextReference++;
    const words = [number % FIRST_WORD_LIMIT, Math.floor(number / FIRST_WORD_LIMIT) % WORD_LIMIT, 0];
    return new Reference(this.name, this.creation, words);
  }
}
