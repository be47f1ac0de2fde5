import { FrameError } from "../bytes/frame-error.ts";
import type { StreamFrame } from "../bytes/windowed-stream.ts";

/** How much of one stream a frame may carry. */
export const MAX_DATA_BYTES: number = 64 * 1024;
/** How much of one stream may be on its way, each way, before the other side has asked for more. */
export const WINDOW_BYTES: number = 2 * 1024 * 1024;
/** How many streams the relay has open at the same time. */
export const MAX_STREAMS = 128;

const HEADER_BYTES = 5;
/** The longest frame, without its length. */
export const MAX_FRAME_BYTES: number = HEADER_BYTES + MAX_DATA_BYTES;
const MAX_REASON_CHARACTERS = 200;

/** What tells the frames apart, which the relay knows as well. */
export const FRAME_TYPE = {
  listen: 1,
  listening: 2,
  unlisten: 3,
  connect: 4,
  accepted: 5,
  opened: 6,
  refused: 7,
  data: 8,
  credit: 9,
  end: 10,
} as const;

/** What goes to the relay. `id` names a tunnel or a stream; ours are odd. */
export type FrameToRelay =
  /** Wants a port that leads to us. */
  | { readonly type: "listen" | "unlisten"; readonly id: number }
  /** Wants a stream to a port of the host's loopback interface. */
  | { readonly type: "connect"; readonly id: number; readonly port: number }
  | StreamFrame;

/** What comes from it. */
export type FrameFromRelay =
  | { readonly type: "listening"; readonly id: number; readonly port: number }
  /** Somebody connected to the port of `tunnel`; the id of the new stream is even. */
  | { readonly type: "accepted"; readonly id: number; readonly tunnel: number }
  | { readonly type: "opened"; readonly id: number }
  /** Of a tunnel or a stream that was wanted. */
  | { readonly type: "refused"; readonly id: number; readonly reason: string }
  | StreamFrame;

/**
 * Encodes a frame in its parts, the data as they are.
 *
 *     4 | Length of all that follows
 *     1 | Type
 *     4 | Id
 *     N | port (2), bytes of credit (4), or data
 */
export function encodeFrame(frame: FrameToRelay): Uint8Array[] {
  const payload = payloadOf(frame);
  const header = Buffer.alloc(4 + HEADER_BYTES);
  header.writeUInt32BE(HEADER_BYTES + payload.byteLength, 0);
  header.writeUInt8(FRAME_TYPE[frame.type], 4);
  header.writeUInt32BE(frame.id, 5);
  return payload.byteLength === 0 ? [header] : [header, payload];
}

function payloadOf(frame: FrameToRelay): Uint8Array {
  switch (frame.type) {
    case "connect": {
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(frame.port);
      return payload;
    }
    case "credit": {
      const payload = Buffer.alloc(4);
      payload.writeUInt32BE(frame.bytes);
      return payload;
    }
    case "data":
      return frame.data;
    case "listen":
    case "unlisten":
    case "end":
      return new Uint8Array();
  }
}

/**
 * Decodes what follows the length of a frame.
 *
 * @throws {FrameError} it is none that a relay sends
 */
export function decodeFrame(bytes: Uint8Array): FrameFromRelay {
  if (bytes.byteLength < HEADER_BYTES) throw new FrameError("Cannot read the header of a frame");
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.readUInt8(0);
  const id = view.readUInt32BE(1);
  const payload = view.subarray(HEADER_BYTES);
  const need = (count: number): void => {
    if (payload.byteLength === count) return;
    throw new FrameError(`Cannot read a frame of type ${type} with ${payload.byteLength} bytes`);
  };
  switch (type) {
    case FRAME_TYPE.listening:
      need(2);
      return { type: "listening", id, port: payload.readUInt16BE() };
    case FRAME_TYPE.accepted:
      need(4);
      return { type: "accepted", id, tunnel: payload.readUInt32BE() };
    case FRAME_TYPE.opened:
      need(0);
      return { type: "opened", id };
    case FRAME_TYPE.refused:
      return { type: "refused", id, reason: payload.toString("latin1").slice(0, MAX_REASON_CHARACTERS) };
    case FRAME_TYPE.data:
      return { type: "data", id, data: payload };
    case FRAME_TYPE.credit:
      need(4);
      return { type: "credit", id, bytes: payload.readUInt32BE() };
    case FRAME_TYPE.end:
      need(0);
      return { type: "end", id };
    default:
      throw new FrameError(`Cannot read a frame of the unknown type ${type}`);
  }
}
