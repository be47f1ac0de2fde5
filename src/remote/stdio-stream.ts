import type { ByteStream, ByteStreamListener } from "../bytes/byte-stream.ts";
import { FrameError, MAX_DATA_BYTES, WINDOW_BYTES, type StreamFrame } from "./stdio-frame.ts";

export interface StdioStreamOptions {
  readonly id: number;
  /** Sends a frame of the stream. */
  readonly send: (frame: StreamFrame) => void;
  /** What was sent, by whatever stream, and has not left yet. */
  readonly queuedBytes: () => number;
  /** Told when both sides have ended it. */
  readonly onOver: () => void;
}

/** One stream that a relay carries. The other side sends no more than it was told to, and so does this one. */
export class StdioStream implements ByteStream {
  readonly #options: StdioStreamOptions;
  #listener: ByteStreamListener | undefined;
  /** What arrived before anybody listened. */
  #kept: Uint8Array[] = [];
  /** What was written and may not be sent yet. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** How much may be sent. */
  #credit = WINDOW_BYTES;
  /** How much the other side may send, and how much more it may when it is told next. */
  #window = WINDOW_BYTES;
  #taken = 0;
  #isClosed = false;
  /** Whether nothing more will be written: by a call, or because the other side has ended. */
  #isFinished = false;
  #isEndSent = false;
  #end: { readonly error: Error | undefined } | undefined;

  constructor(options: StdioStreamOptions) {
    this.#options = options;
  }

  /**
   * Takes a frame of the other side.
   *
   * @throws {FrameError} it may not send that now
   */
  receive(frame: StreamFrame): void {
    if (this.#end !== undefined && frame.type !== "credit") {
      throw new FrameError(`Cannot take "${frame.type}" of a stream that has ended`);
    }
    switch (frame.type) {
      case "data":
        return this.#onData(frame.data);
      case "credit":
        return this.#onCredit(frame.bytes);
      case "end":
        return this.end(undefined);
    }
  }

  /** Tells that no more will arrive. */
  end(error: Error | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#finish();
    this.#tellEnd();
    this.#tellOver();
  }

  listen(listener: ByteStreamListener): void {
    this.#listener = listener;
    for (const chunk of this.#kept.splice(0)) this.#deliver(chunk);
    if (this.#end !== undefined) queueMicrotask(() => this.#tellEnd());
  }

  write(chunk: Uint8Array): void {
    if (this.#isFinished || chunk.byteLength === 0) return;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.byteLength;
    this.#flush();
  }

  get queuedBytes(): number {
    return this.#waitingBytes + Math.min(WINDOW_BYTES - this.#credit, this.#options.queuedBytes());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#kept = [];
    this.#finish();
  }

  #onData(data: Uint8Array): void {
    if (data.byteLength > this.#window) throw new FrameError("Cannot take more data than was asked for");
    this.#window -= data.byteLength;
    // It is told no more, so that it stops; and it will learn that it need not go on.
    if (this.#isClosed) return;
    if (this.#listener === undefined) this.#kept.push(data);
    else this.#deliver(data);
  }

  #deliver(data: Uint8Array): void {
    if (this.#isClosed) return;
    this.#taken += data.byteLength;
    if (this.#taken >= WINDOW_BYTES / 4 && this.#end === undefined) {
      this.#options.send({ type: "credit", id: this.#options.id, bytes: this.#taken });
      this.#window += this.#taken;
      this.#taken = 0;
    }
    this.#listener?.onBytes(data);
  }

  #onCredit(bytes: number): void {
    if (this.#credit + bytes > WINDOW_BYTES) {
      throw new FrameError("Cannot send more data than the window is wide");
    }
    this.#credit += bytes;
    this.#flush();
  }

  #flush(): void {
    while (this.#credit > 0) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      const data = first.subarray(0, Math.min(MAX_DATA_BYTES, this.#credit));
      if (data.byteLength === first.byteLength) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(data.byteLength);
      this.#credit -= data.byteLength;
      this.#waitingBytes -= data.byteLength;
      this.#options.send({ type: "data", id: this.#options.id, data });
    }
    if (this.#isFinished && this.#waitingBytes === 0) this.#sendEnd();
  }

  #finish(): void {
    this.#isFinished = true;
    this.#flush();
  }

  #sendEnd(): void {
    if (this.#isEndSent) return;
    this.#isEndSent = true;
    this.#options.send({ type: "end", id: this.#options.id });
    this.#tellOver();
  }

  #tellOver(): void {
    if (this.#isEndSent && this.#end !== undefined) this.#options.onOver();
  }

  /** Tells the listener once. */
  #tellEnd(): void {
    const listener = this.#listener;
    if (listener === undefined || this.#end === undefined) return;
    this.#listener = undefined;
    listener.onEnd(this.#end.error);
  }
}
