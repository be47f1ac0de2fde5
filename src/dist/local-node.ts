import { randomInt } from "node:crypto";
import { Pid, Reference } from "../etf/term.ts";

/** Small enough for OTP 23, whose pids have 15 bits of id and 13 of serial. */
const ID_BITS = 15;
const SERIAL_BITS = 13;
/** First word of a reference: 18 bits. */
const FIRST_WORD_LIMIT = 2 ** 18;
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
    const number = this.#nextPid++ % 2 ** (ID_BITS + SERIAL_BITS);
    return new Pid(this.name, number % 2 ** ID_BITS, Math.floor(number / 2 ** ID_BITS), this.creation);
  }

  newReference(): Reference {
    const number = this.#nextReference++;
    const words = [number % FIRST_WORD_LIMIT, Math.floor(number / FIRST_WORD_LIMIT) % WORD_LIMIT, 0];
    return new Reference(this.name, this.creation, words);
  }
}
