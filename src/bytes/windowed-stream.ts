import type { ByteStreamListener } from "./byte-stream.ts";
import { FrameError } from "./frame-error.ts";
import type { PacedStream } from "./paced-stream.ts";

/** What either side sends of an open stream. */
export type StreamFrame =
  | { readonly type: "data"; readonly id: number; readonly data: Uint8Array }
  /** So many bytes more may be sent. */
  | { readonly type: "credit"; readonly id: number; readonly bytes: number }
  /** Nothing follows. A stream is over when both sides have said so. */
  | { readonly type: "end"; readonly id: number; readonly error?: Error | undefined };

export interface WindowedStreamOptions {
  readonly id: number;
  /** How much may be on its way, each way, before the other side has asked for more. */
  readonly windowBytes: number;
  /** How much a frame may carry. */
  readonly maxDataBytes: number;
  /** Sends a frame of the stream. */
  readonly send: (frame: StreamFrame) => void;
  /** What was sent, by whatever stream, and has not left yet. */
  readonly queuedBytes: () => number;
  /**
   * Whether the other side reads nothing any more once it has ended. Otherwise it may go on to ask for more.
   *
   * @default false
   */
  readonly endsBoth?: boolean;
  /** Told when both sides have ended it. */
  readonly onOver: () => void;
}

interface Waiting {
  readonly data: Uint8Array;
  readonly onTaken: (() => void) | undefined;
}

/**
 * One stream of those that share a connection. The other side sends no more than it was told to, and so does this
 * one.
 */
export class WindowedStream implements PacedStream {
  readonly #options: WindowedStreamOptions;
  #listener: ByteStreamListener | undefined;
  /** What arrived before anybody listened, or while nobody wanted it. */
  #kept: Uint8Array[] = [];
  #isPaused = false;
  /** What was written and may not be sent yet. */
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** How much may be sent. */
  #credit: number;
  /** How much the other side may send, and how much more it may when it is told next. */
  #window: number;
  #taken = 0;
  #isClosed = false;
  /** Whether nothing more will be written: by a call, or because the other side has ended. */
  #isFinished = false;
  #isEndSent = false;
  #failure: Error | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  constructor(options: WindowedStreamOptions) {
    this.#options = options;
    this.#credit = options.windowBytes;
    this.#window = options.windowBytes;
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
        if (this.#options.endsBoth === true) this.#dropWaiting();
        return this.end(frame.error);
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
    this.#deliverKept();
    if (this.#end !== undefined) queueMicrotask(() => this.#tellEnd());
  }

  write(data: Uint8Array, onTaken?: () => void): void {
    if (this.#isFinished || data.byteLength === 0) return onTaken?.();
    this.#waiting.push({ data, onTaken });
    this.#waitingBytes += data.byteLength;
    this.#flush();
  }

  get queuedBytes(): number {
    const { windowBytes, queuedBytes } = this.#options;
    return this.#waitingBytes + Math.min(windowBytes - this.#credit, queuedBytes());
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#deliverKept();
    this.#tellEnd();
  }

  close(): void {
    this.#close(undefined);
  }

  /** Closes the stream; the other side is told that its end is not orderly. */
  fail(error: Error | undefined): void {
    this.#close(error);
  }

  #close(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#failure = error;
    this.#kept = [];
    this.#finish();
  }

  #onData(data: Uint8Array): void {
    if (data.byteLength > this.#window) throw new FrameError("Cannot take more data than was asked for");
    this.#window -= data.byteLength;
    // It is told no more, so that it stops; and it will learn that it need not go on.
    if (this.#isClosed) return;
    if (this.#listener === undefined || this.#isPaused) this.#kept.push(data);
    else this.#deliver(data);
  }

  #deliverKept(): void {
    while (this.#listener !== undefined && !this.#isPaused) {
      const data = this.#kept.shift();
      if (data === undefined) break;
      this.#deliver(data);
    }
  }

  #deliver(data: Uint8Array): void {
    if (this.#isClosed) return;
    const { id, windowBytes, send } = this.#options;
    this.#taken += data.byteLength;
    if (this.#taken >= windowBytes / 4 && this.#end === undefined) {
      send({ type: "credit", id, bytes: this.#taken });
      this.#window += this.#taken;
      this.#taken = 0;
    }
    this.#listener?.onBytes(data);
  }

  #onCredit(bytes: number): void {
    if (this.#credit + bytes > this.#options.windowBytes) {
      throw new FrameError("Cannot send more data than the window is wide");
    }
    this.#credit += bytes;
    this.#flush();
  }

  #flush(): void {
    const { id, maxDataBytes, send } = this.#options;
    while (this.#credit > 0) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      const data = first.data.subarray(0, Math.min(maxDataBytes, this.#credit));
      const isWhole = data.byteLength === first.data.byteLength;
      if (isWhole) this.#waiting.shift();
      else this.#waiting[0] = { ...first, data: first.data.subarray(data.byteLength) };
      this.#credit -= data.byteLength;
      this.#waitingBytes -= data.byteLength;
      send({ type: "data", id, data });
      if (isWhole) first.onTaken?.();
    }
    if (this.#isFinished && this.#waitingBytes === 0) this.#sendEnd();
  }

  #finish(): void {
    this.#isFinished = true;
    this.#flush();
  }

  #dropWaiting(): void {
    this.#waitingBytes = 0;
    this.#waiting.splice(0).forEach(({ onTaken }) => onTaken?.());
  }

  #sendEnd(): void {
    if (this.#isEndSent) return;
    this.#isEndSent = true;
    this.#options.send({ type: "end", id: this.#options.id, error: this.#failure });
    this.#tellOver();
  }

  #tellOver(): void {
    if (this.#isEndSent && this.#end !== undefined) this.#options.onOver();
  }

  /** Tells the listener once, when it has got all. */
  #tellEnd(): void {
    const listener = this.#listener;
    if (listener === undefined || this.#end === undefined || this.#kept.length > 0) return;
    this.#listener = undefined;
    listener.onEnd(this.#end.error);
  }
}
