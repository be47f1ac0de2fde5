import type { ByteStream } from "../bytes/byte-stream.ts";
import { FrameError } from "../bytes/frame-error.ts";
import { WindowedStream, type StreamFrame } from "../bytes/windowed-stream.ts";
import { errorOf, failureOf, type CarriedFailure } from "./carried-failure.ts";
import {
  CARRIED_WINDOW_BYTES,
  CarriedFrameReader,
  encodeCarriedFrame,
  MAX_CARRIED_BYTES,
  type CarriedFrame,
} from "./carried-frame.ts";

export interface CarrierListener {
  onMessage(id: number, message: unknown): void;
  /** Told once that nothing can be sent or will arrive any more; then all streams end. */
  onEnd(error: Error | undefined): void;
}

/** Messages and streams, as many as there are, over one stream between two processes of ours. */
export class Carrier {
  readonly #below: ByteStream;
  readonly #listener: CarrierListener;
  readonly #streams = new Map<number, WindowedStream>();
  #isOver = false;

  constructor(below: ByteStream, listener: CarrierListener) {
    this.#below = below;
    this.#listener = listener;
    const reader = new CarriedFrameReader((frame) => this.#onFrame(frame));
    below.listen({
      onBytes: (chunk) => {
        if (this.#isOver) return;
        try {
          reader.add(chunk);
        } catch (error) {
          if (!(error instanceof FrameError)) throw error;
          this.#end(error);
          below.close();
        }
      },
      onEnd: (error) => this.#end(error),
    });
  }

  send(id: number, message: unknown): void {
    this.#write({ type: "message", id, message });
  }

  /** Opens our end of a stream; the other side opens its own. */
  open(id: number): WindowedStream {
    const stream = new WindowedStream({
      id,
      windowBytes: CARRIED_WINDOW_BYTES,
      maxDataBytes: MAX_CARRIED_BYTES,
      send: (frame) => this.#sendStream(frame),
      queuedBytes: () => this.#below.queuedBytes,
      endsBoth: true,
      onOver: () => this.#streams.delete(id),
    });
    this.#streams.set(id, stream);
    return stream;
  }

  /** Forgets a stream that the other side has not opened. */
  forget(id: number): void {
    this.#streams.delete(id);
  }

  /** Sends what is written, then ends everything. */
  close(): void {
    this.#end(undefined);
    this.#below.close();
  }

  #sendStream(frame: StreamFrame): void {
    if (frame.type !== "end") return this.#write(frame);
    const failure = frame.error === undefined ? undefined : failureOf(frame.error);
    this.#write({ type: "end", id: frame.id, failure });
  }

  #write(frame: CarriedFrame): void {
    if (this.#isOver) return;
    for (const part of encodeCarriedFrame(frame)) this.#below.write(part);
  }

  #onFrame(frame: CarriedFrame): void {
    if (this.#isOver) return;
    if (frame.type === "message") return this.#listener.onMessage(frame.id, frame.message);
    // Of one that is over here, something may still be on its way.
    const stream = this.#streams.get(frame.id);
    if (frame.type !== "end") return stream?.receive(frame);
    const error = frame.failure === undefined ? undefined : errorOf(frame.failure as CarriedFailure);
    stream?.receive({ type: "end", id: frame.id, error });
  }

  #end(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onEnd(error);
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) stream.end(error);
  }
}
