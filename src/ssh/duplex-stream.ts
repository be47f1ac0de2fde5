import type { Readable, Writable } from "node:stream";

import type { ByteStreamListener } from "../bytes/byte-stream.ts";
import type { PacedStream } from "../bytes/paced-stream.ts";

export interface DuplexStreamOptions {
  /** Why the stream has ended, if it was not orderly; asked when it ends. */
  readonly lost?: () => Error | undefined;
  /** What is waited for before the end is told, as it says why. Default: nothing. */
  readonly over?: Promise<unknown>;
}

/** A socket, or the standard input and output of a process, as a byte stream. */
export class DuplexStream implements PacedStream {
  readonly #readable: Readable;
  readonly #writable: Writable;
  readonly #options: DuplexStreamOptions;
  #listener: ByteStreamListener | undefined;
  #isClosed = false;
  #hasEnded = false;

  constructor(readable: Readable, writable: Writable, options: DuplexStreamOptions = {}) {
    this.#readable = readable;
    this.#writable = writable;
    this.#options = options;
    // The end tells all there is to know.
    writable.on("error", () => {});
    readable.on("error", () => {});
    const onEnd = (): void => {
      this.#writable.end();
      void (options.over ?? Promise.resolve()).then(() => {
        this.#hasEnded = true;
        this.#tellEnd();
      });
    };
    readable.once("end", onEnd).once("close", onEnd);
  }

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
    this.#readable.on("data", (chunk: Buffer) => {
      if (!this.#isClosed) listener.onBytes(chunk);
    });
    if (this.#hasEnded) queueMicrotask(() => this.#tellEnd());
  }

  write(chunk: Uint8Array, onTaken?: () => void): void {
    if (this.#isClosed || !this.#writable.writable) return onTaken?.();
    this.#writable.write(chunk, onTaken);
  }

  pause(): void {
    if (!this.#isClosed) this.#readable.pause();
  }

  resume(): void {
    this.#readable.resume();
  }

  get queuedBytes(): number {
    return this.#writable.writableLength;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writable.end();
    this.#readable.resume();
  }

  #tellEnd(): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    listener.onEnd(this.#options.lost?.());
  }
}
