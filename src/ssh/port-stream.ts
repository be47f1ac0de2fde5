import type { MessagePort, Worker } from "node:worker_threads";
import type { ByteStream, ByteStreamListener } from "../bytes/byte-stream.ts";

/** How often a thread says that it is at work. */
const BEAT_MS = 5_000;
/** So many times in a row without a word mean that it hangs. Of a pause of the whole process no more than one counts. */
const MAX_MISSED_BEATS = 6;

/** Bytes to another thread and from it. The other one has them at once, so nothing is ever queued here. */
export class PortStream implements ByteStream {
  readonly queuedBytes = 0;
  readonly #port: MessagePort | Worker;
  readonly #close: () => void;
  #listener: ByteStreamListener | undefined;
  #isOver = false;
  #error: Error | undefined;
  #watch: NodeJS.Timeout | undefined;

  /** @param close ends what the port leads to */
  constructor(port: MessagePort | Worker, close: () => void) {
    this.#port = port;
    this.#close = close;
    port.on("error", (error: Error) => this.#end(error));
    port.on("messageerror", (error: Error) => this.#end(error));
    // Of a thread, and of a port whose thread has ended.
    port.on("exit", () => this.#end(undefined));
    port.on("close", () => this.#end(undefined));
  }

  /** Lets the other thread know that this one is at work, at once and from now on, by chunks of no bytes. */
  beat(): void {
    const tell = (): void => this.write(new Uint8Array());
    tell();
    setInterval(tell, BEAT_MS).unref();
  }

  /** Closes the stream, and ends with an error, where the other thread beats no longer. */
  watch(): void {
    let missed = 0;
    this.#port.on("message", () => (missed = 0));
    this.#watch = setInterval(() => {
      if (++missed < MAX_MISSED_BEATS) return;
      this.#end(new Error(`it has said nothing for ${(missed * BEAT_MS) / 1000} s`));
      this.#close();
    }, BEAT_MS).unref();
  }

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
    this.#port.on("message", (chunk: Uint8Array) => {
      if (!this.#isOver) listener.onBytes(chunk);
    });
    if (this.#isOver) queueMicrotask(() => listener.onEnd(this.#error));
  }

  write(chunk: Uint8Array): void {
    if (this.#isOver) return;
    // What is handed over is gone here, and what lies in a buffer with others would take these along.
    const own = new Uint8Array(chunk);
    this.#port.postMessage(own, [own.buffer]);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#watch);
    this.#close();
  }

  #end(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#watch);
    this.#error = error;
    this.#listener?.onEnd(error);
  }
}
