import { FrameError } from "../bytes/frame-error.ts";
import type { StreamFrame } from "../bytes/windowed-stream.ts";

/** How much of a stream may be on its way, each way, before the other side has taken it. */
export const CARRIED_WINDOW_BYTES: number = 2 * 1024 * 1024;
/** How much of a stream a frame carries. */
export const MAX_CARRIED_BYTES: number = 256 * 1024;
/** The longest message: a command may bring a script, and an upload thousands of paths. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;

const HEADER_BYTES = 9;
/** Up to here a copy costs less than a part of its own. */
const SMALL_BYTES = 8 * 1024;

const FRAME_TYPE = { data: 1, credit: 2, end: 3, message: 4 } as const;

/** What two processes send each other that share an SSH connection. `id` names a stream or a request. */
export type CarriedFrame =
  | Exclude<StreamFrame, { type: "end" }>
  /** Nothing follows on the stream; `failure` says why, where the end is not orderly. */
  | { readonly type: "end"; readonly id: number; readonly failure: unknown }
  /** JSON. */
  | { readonly type: "message"; readonly id: number; readonly message: unknown };

/**
 * Encodes a frame in its parts, data that are not small as they are.
 *
 *     4 | Length of the payload
 *     1 | Type
 *     4 | Id
 *     N | data, bytes of credit (4), or JSON; nothing for an orderly end
 */
export function encodeCarriedFrame(frame: CarriedFrame): Uint8Array[] {
  const payload = payloadOf(frame);
  const isSmall = payload.byteLength <= SMALL_BYTES;
  const head = Buffer.allocUnsafe(HEADER_BYTES + (isSmall ? payload.byteLength : 0));
  head.writeUInt32BE(payload.byteLength, 0);
  head.writeUInt8(FRAME_TYPE[frame.type], 4);
  head.writeUInt32BE(frame.id, 5);
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
      return frame.failure === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(frame.failure));
    case "message":
      return Buffer.from(JSON.stringify(frame.message));
  }
}

/**
 * Reads frames out of the pieces in which they arrive. Data are handed out as they come, without a copy, so one
 * frame of them may become several; nothing else is kept but headers and messages that have not arrived whole.
 */
export class CarriedFrameReader {
  readonly #onFrame: (frame: CarriedFrame) => void;
  readonly #head = Buffer.alloc(HEADER_BYTES);
  #headBytes = 0;
  /** What is left of the payload that is being read. */
  #missing = 0;
  #pieces: Uint8Array[] = [];

  constructor(onFrame: (frame: CarriedFrame) => void) {
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
    if (length === 0) this.#takePiece(new Uint8Array());
  }

  #takePiece(piece: Uint8Array): void {
    if (this.#type === FRAME_TYPE.data) {
      if (this.#missing === 0) this.#headBytes = 0;
      if (piece.byteLength > 0) this.#onFrame({ type: "data", id: this.#id, data: piece });
      return;
    }
    this.#pieces.push(piece);
    if (this.#missing > 0) return;
    this.#headBytes = 0;
    const payload = Buffer.concat(this.#pieces.splice(0));
    this.#onFrame(frameOf(this.#type, this.#id, payload));
  }

  get #type(): number {
    return this.#head.readUInt8(4);
  }

  get #id(): number {
    return this.#head.readUInt32BE(5);
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
