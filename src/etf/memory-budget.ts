import { DecodeError } from "../bytes/decode-error.ts";

/** What a value takes in a list, and what the object takes that most terms are, measured with Node.js 20. */
export const SLOT_BYTES = 8;
export const OBJECT_BYTES = 80;

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

/** Counts the memory that a term takes before it is taken, as little on the wire may be much here. */
export class MemoryBudget {
  readonly #maxBytes: number;
  #taken = 0;

  constructor(maxBytes: number = DEFAULT_MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** @throws {DecodeError} if it is more than there is */
  take(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken <= this.#maxBytes) return;
    throw new DecodeError(`Cannot decode the term: it takes more than ${this.#maxBytes} bytes of memory`, 0);
  }
}
