import { FrameError } from "../bytes/frame-error.ts";
import type { StreamFrame } from "../bytes/windowed-stream.ts";

/** How much of a stream may be on its way, each way, before the other side has taken it. */
export const CARRIED_WINDOW_BYTES: number = 2 * 1024 * 1024;
/** How much of a stream a frame carries. */
export const MAX_CARRIED_BYTES: number = 256 * 1024;
/** The longest message: a command may bring a script, and an upload thousands of paths. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;

const HEADER_BYTES = 13;
/** Up to here a copy costs less than a part of its own. */
const SMALL_BYTES = 8 * 1024;

const NOTHING = new Uint8Array();
const FRAME_TYPE = { data: 1, credit: 2, end: 3, message: 4, open: 5, close: 6 } as const;

/** What two processes send each other on a lane. `id` names a stream or a request of that lane. */
export type CarriedFrame =
  | Exclude<StreamFrame, { type: "end" }>
  /** Nothing follows on the stream; `failure` says why, where the end is not orderly. */
  | { readonly type: "end"; readonly id: number; readonly failure: unknown }
  /** JSON. */
  | { readonly type: "message"; readonly id: number; readonly message: unknown }
  /** The lane begins. */
  | { readonly type: "open"; readonly id: 0 }
  /** The lane is over, with all its streams. */
  | { readonly type: "close"; readonly id: 0 };

/**
 * Encodes a frame in its parts, data that are not small as they are.
 *
 *     4 | Length of the payload
 *     1 | Type
 *     4 | Lane
 *     4 | Id; 0 for the beginning and the end of a lane
 *     N | data, bytes of credit (4), or JSON; nothing for an orderly end, and for the beginning and the end of a lane
 */
export function encodeCarriedFrame(lane: number, frame: CarriedFrame): Uint8Array[] {
  const payload = payloadOf(frame);
  const isSmall = payload.byteLength <= SMALL_BYTES;
  const head = Buffer.allocUnsafe(HEADER_BYTES + (isSmall ? payload.byteLength : 0));
  head.writeUInt32BE(payload.byteLength, 0);
  head.writeUInt8(FRAME_TYPE[frame.type], 4);
  head.writeUInt32BE(lane, 5);
  head.writeUInt32BE(frame.id, 9);
  if (!isSmall) return [head, payload];
  head.set(payload, HEADER_BYTES);
  return [head];
}

function payloadOf(frame: CarriedFrame): Uint8Array {
  switch (frame.type) {
    case "data":
      return frame.data;
    case "credit": {
      const payload = Buffer.allocUnsafe(4);
      payload.writeUInt32BE(frame.bytes);
      return payload;
    }
    case "end":
      return frame.failure === undefined ? NOTHING : Buffer.from(JSON.stringify(frame.failure));
    case "message":
      return Buffer.from(JSON.stringify(frame.message));
    case "open":
    case "close":
      return NOTHING;
  }
}

/**
 * Reads frames out of the pieces in which they arrive. Data are handed out as they come, without a copy, so one
 * frame of them may become several; nothing else is kept but headers and messages that have not arrived whole.
 */
export class CarriedFrameReader {
  readonly #onFrame: (lane: number, frame: CarriedFrame) => void;
  readonly #head = Buffer.alloc(HEADER_BYTES);
  #headBytes = 0;
  /** What is left of the payload that is being read. */
  #missing = 0;
  #pieces: Uint8Array[] = [];

  constructor(onFrame: (lane: number, frame: CarriedFrame) => void) {
    this.#onFrame = onFrame;
  }

  /** @throws {FrameError} the bytes are no frames */
  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength;) {
      if (this.#headBytes < HEADER_BYTES) {
        const piece = chunk.subarray(at, at + HEADER_BYTES - this.#headBytes);
        this.#head.set(piece, this.#headBytes);
        this.#headBytes += piece.byteLength;
        at += piece.byteLength;
        if (this.#headBytes === HEADER_BYTES) this.#begin();
        continue;
      }
      const piece = chunk.subarray(at, at + this.#missing);
      at += piece.byteLength;
      this.#missing -= piece.byteLength;
      this.#takePiece(piece);
    }
  }

  #begin(): void {
    const length = this.#head.readUInt32BE(0);
    const limit = this.#type === FRAME_TYPE.data ? MAX_CARRIED_BYTES : MAX_MESSAGE_BYTES;
    if (length > limit) throw new FrameError(`Cannot take a frame of ${length} bytes: ${limit} are the most`);
    this.#missing = length;
    if (length === 0) this.#takePiece(NOTHING);
  }

  #takePiece(piece: Uint8Array): void {
    if (this.#type === FRAME_TYPE.data) {
      if (this.#missing === 0) this.#headBytes = 0;
      if (piece.byteLength > 0) this.#onFrame(this.#lane, { type: "data", id: this.#id, data: piece });
      return;
    }
    this.#pieces.push(piece);
    if (this.#missing > 0) return;
    this.#headBytes = 0;
    const payload = Buffer.concat(this.#pieces.splice(0));
    this.#onFrame(this.#lane, frameOf(this.#type, this.#id, payload));
  }

  get #type(): number {
    return this.#head.readUInt8(4);
  }

  get #lane(): number {
    return this.#head.readUInt32BE(5);
  }

  get #id(): number {
    return this.#head.readUInt32BE(9);
  }
}

function frameOf(type: number, id: number, payload: Buffer): CarriedFrame {
  switch (type) {
    case FRAME_TYPE.credit:
      if (payload.byteLength !== 4) throw new FrameError(`Cannot read ${payload.byteLength} bytes as credit`);
      return { type: "credit", id, bytes: payload.readUInt32BE() };
    case FRAME_TYPE.end:
      return { type: "end", id, failure: payload.byteLength === 0 ? undefined : jsonOf(payload) };
    case FRAME_TYPE.message:
      return { type: "message", id, message: jsonOf(payload) };
    case FRAME_TYPE.open:
    case FRAME_TYPE.close:
      if (payload.byteLength > 0) throw new FrameError("Cannot begin or end a lane with anything more to it");
      return { type: type === FRAME_TYPE.open ? "open" : "close", id: 0 };
    default:
      throw new FrameError(`Cannot read a frame of the unknown type ${type}`);
  }
}

function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString("utf8")) as unknown;
  } catch {
    throw new FrameError("Cannot read a message: it is no JSON");
  }
}
