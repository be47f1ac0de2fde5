import type { MessagePort, Worker } from "node:worker_threads";
import type { ByteStream, ByteStreamListener } from "../bytes/byte-stream.ts";

/** Bytes to another thread and from it. The other one has them at once, so nothing is ever queued here. */
export class PortStream implements ByteStream {
  readonly queuedBytes = 0;
  readonly #port: MessagePort | Worker;
  readonly #close: () => void;
  #listener: ByteStreamListener | undefined;
  #isOver = false;
  #error: Error | undefined;

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
    this.#close();
  }

  #end(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#listener?.onEnd(error);
  }
}
