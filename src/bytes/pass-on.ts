import type { PacedStream } from "./paced-stream.ts";

/** So much may be on its way through us before the one that sends has to wait. */
const MAX_PASSING_BYTES = 1024 * 1024;

/** Writes the bytes of one stream to another, and holds the first one back as long as the second does not take them. */
export class PassOn {
  readonly #from: PacedStream;
  #passing = 0;
  #isPaused = false;

  constructor(from: PacedStream) {
    this.#from = from;
  }

  pass(chunk: Uint8Array, to: PacedStream): void {
    this.#passing += chunk.byteLength;
    to.write(chunk, () => {
      this.#passing -= chunk.byteLength;
      if (!this.#isPaused || this.#passing > MAX_PASSING_BYTES / 2) return;
      this.#isPaused = false;
      this.#from.resume();
    });
    if (this.#isPaused || this.#passing <= MAX_PASSING_BYTES) return;
    this.#isPaused = true;
    this.#from.pause();
  }
}
