import { WindowedStream, type StreamFrame } from "../bytes/windowed-stream.ts";
import { errorOf, failureOf, type CarriedFailure } from "./carried-failure.ts";
import { CARRIED_WINDOW_BYTES, MAX_CARRIED_BYTES, type CarriedFrame } from "./carried-frame.ts";

export interface LaneListener {
  onMessage(id: number, message: unknown): void;
  /** Told once that nothing can be sent or will arrive any more; then all streams end. */
  onEnd(error: Error | undefined): void;
}

export interface CarrierLaneOptions {
  readonly send: (frame: CarriedFrame) => void;
  /** What was sent, on whatever lane, and has not left yet. */
  readonly queuedBytes: () => number;
  /** Told when this side has closed it, or the other one. */
  readonly onOver: () => void;
}

/** One of the lanes of a carrier: messages and streams, as many as there are. */
export class CarrierLane {
  readonly #options: CarrierLaneOptions;
  readonly #streams = new Map<number, WindowedStream>();
  #listener: LaneListener | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  constructor(options: CarrierLaneOptions) {
    this.#options = options;
  }

  /** Tells a listener what happens from now on, in place of a former one. */
  listen(listener: LaneListener): void {
    this.#listener = listener;
    if (this.#end !== undefined) queueMicrotask(() => this.#tellEnd());
  }

  send(id: number, message: unknown): void {
    this.#send({ type: "message", id, message });
  }

  /** Opens our end of a stream; the other side opens its own. */
  open(id: number): WindowedStream {
    const stream = new WindowedStream({
      id,
      windowBytes: CARRIED_WINDOW_BYTES,
      maxDataBytes: MAX_CARRIED_BYTES,
      send: (frame) => this.#sendStream(frame),
      queuedBytes: this.#options.queuedBytes,
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

  /** Sends what is written, then ends it on both sides. */
  close(): void {
    if (this.#end !== undefined) return;
    this.#send({ type: "close", id: 0 });
    this.end(undefined);
  }

  /** Takes a frame of the other side. @throws {FrameError} it may not send that now */
  receive(frame: Exclude<CarriedFrame, { type: "open" }>): void {
    switch (frame.type) {
      case "close":
        return this.end(undefined);
      case "message":
        return this.#listener?.onMessage(frame.id, frame.message);
      case "end": {
        const error = frame.failure === undefined ? undefined : errorOf(frame.failure as CarriedFailure);
        return this.#streams.get(frame.id)?.receive({ type: "end", id: frame.id, error });
      }
      default:
        // Of one that is over here, something may still be on its way.
        return this.#streams.get(frame.id)?.receive(frame);
    }
  }

  /** Ends it here: the other side has closed it, or cannot be reached any more. */
  end(error: Error | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#options.onOver();
    this.#tellEnd();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) stream.end(error);
  }

  #sendStream(frame: StreamFrame): void {
    if (frame.type !== "end") return this.#send(frame);
    const failure = frame.error === undefined ? undefined : failureOf(frame.error);
    this.#send({ type: "end", id: frame.id, failure });
  }

  #send(frame: CarriedFrame): void {
    if (this.#end === undefined) this.#options.send(frame);
  }

  #tellEnd(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onEnd(this.#end?.error);
  }
}
