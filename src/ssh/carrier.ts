import type { ByteStream } from "../bytes/byte-stream.ts";
import { FrameError } from "../bytes/frame-error.ts";
import { CarriedFrameReader, encodeCarriedFrame, type CarriedFrame } from "./carried-frame.ts";
import { CarrierLane } from "./carrier-lane.ts";

/** So much is written together; what is larger goes as it is. */
const TOGETHER_BYTES = 64 * 1024;

/**
 * Lanes, as many as there are, over one stream between two processes of ours: each for the use of one SSH connection.
 * One of the two opens them. What is sent in one turn of the event loop, on whatever lanes, is written at once.
 */
export class Carrier {
  /** Resolves with the reason, if there is one, when nothing can be sent or will arrive any more. */
  readonly ended: Promise<Error | undefined>;
  readonly #below: ByteStream;
  readonly #onLane: ((lane: CarrierLane) => void) | undefined;
  readonly #lanes = new Map<number, CarrierLane>();
  /** What was sent and is not written yet. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #lastLane = 0;
  #isOver = false;
  #tellEnded: (error: Error | undefined) => void = () => {};

  /**
   * @param onLane gets the lanes that the other side opens, and has them listened to before it returns; undefined on
   *   the side that opens them
   */
  constructor(below: ByteStream, onLane?: (lane: CarrierLane) => void) {
    this.#below = below;
    this.#onLane = onLane;
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    const reader = new CarriedFrameReader((lane, frame) => this.#onFrame(lane, frame));
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

  /** Opens a lane. Where everything has ended, it ends as soon as somebody listens. */
  open(): CarrierLane {
    const number = ++this.#lastLane;
    const lane = this.#newLane(number);
    this.#send(number, { type: "open", id: 0 });
    return lane;
  }

  /** Sends what is written, then ends everything. */
  close(): void {
    this.#flush();
    this.#end(undefined);
    this.#below.close();
  }

  #newLane(number: number): CarrierLane {
    const lane = new CarrierLane({
      send: (frame) => this.#send(number, frame),
      queuedBytes: () => this.#partBytes + this.#below.queuedBytes,
      onOver: () => this.#lanes.delete(number),
    });
    if (this.#isOver) lane.end(undefined);
    else this.#lanes.set(number, lane);
    return lane;
  }

  #onFrame(number: number, frame: CarriedFrame): void {
    if (this.#isOver) return;
    if (frame.type === "open") return this.#onOpen(number);
    // To one that is over here, something may still be on its way.
    this.#lanes.get(number)?.receive(frame);
  }

  #onOpen(number: number): void {
    if (this.#onLane === undefined || number <= this.#lastLane) {
      throw new FrameError(`Cannot begin lane ${number}`);
    }
    this.#lastLane = number;
    this.#onLane(this.#newLane(number));
  }

  #send(lane: number, frame: CarriedFrame): void {
    if (this.#isOver) return;
    if (this.#parts.length === 0) setImmediate(() => this.#flush());
    for (const part of encodeCarriedFrame(lane, frame)) {
      this.#parts.push(part);
      this.#partBytes += part.byteLength;
    }
    if (this.#partBytes >= TOGETHER_BYTES) this.#flush();
  }

  #flush(): void {
    const parts = this.#parts;
    if (parts.length === 0) return;
    const isSmall = this.#partBytes < TOGETHER_BYTES;
    this.#parts = [];
    this.#partBytes = 0;
    if (isSmall) this.#below.write(Buffer.concat(parts));
    else for (const part of parts) this.#below.write(part);
  }

  #end(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tellEnded(error);
    const lanes = [...this.#lanes.values()];
    this.#lanes.clear();
    for (const lane of lanes) lane.end(error);
  }
}
