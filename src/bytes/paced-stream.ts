import type { ByteStream } from "./byte-stream.ts";

/** A stream that can be held back, and tells when what was written has left. */
export interface PacedStream extends ByteStream {
  /** @param onTaken told when the network has taken the bytes, or will never do so */
  write(chunk: Uint8Array, onTaken?: () => void): void;
  /** Wants no more bytes for now; some may come nevertheless. */
  pause(): void;
  resume(): void;
}
