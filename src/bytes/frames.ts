import { DecodeError } from "./decode-error.ts";

/** Pieces that wait before small ones are copied together. */
const MAX_LOOSE_PIECES = 64;
/** A piece of this size is worth an object of its own. */
const SMALL_BYTES = 4096;
const BLOCK_BYTES = 64 * 1024;

/**
 * Cuts a stream of bytes into frames that each start with their length.
 *
 *     2 or 4 | Length
 *     Length | Data
 *
 * The size of the header may change between two frames, as it does at the end of the distribution
 * handshake. Memory is taken for bytes that arrived, never for a length that was only announced, and hardly
 * more than arrived: a sender may write each byte alone.
 */
export class FrameReader {
  headerBytes: 2 | 4;
  #maxFrameBytes: number;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  /** What the last chunk is the beginning of, while there is room behind it. */
  #block: { readonly bytes: Uint8Array; used: number } | undefined;

  constructor(headerBytes: 2 | 4, maxFrameBytes: number) {
    this.headerBytes = headerBytes;
    this.#maxFrameBytes = maxFrameBytes;
  }

  set maxFrameBytes(limit: number) {
    this.#maxFrameBytes = limit;
  }

  add(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.#buffered += chunk.byteLength;
    if (chunk.byteLength >= SMALL_BYTES || this.#chunks.length < MAX_LOOSE_PIECES) {
      this.#chunks.push(chunk);
      this.#block = undefined;
    } else {
      this.#copy(chunk);
    }
  }

  /** Copies a small chunk behind the last one. */
  #copy(chunk: Uint8Array): void {
    let block = this.#block;
    if (block === undefined || block.used + chunk.byteLength > BLOCK_BYTES) {
      block = { bytes: Buffer.allocUnsafeSlow(BLOCK_BYTES), used: 0 };
      this.#block = block;
      this.#chunks.push(block.bytes.subarray(0, 0));
    }
    block.bytes.set(chunk, block.used);
    block.used += chunk.byteLength;
    const last = this.#chunks.length - 1;
    const unread = (this.#chunks[last] as Uint8Array).byteLength + chunk.byteLength;
    this.#chunks[last] = block.bytes.subarray(block.used - unread, block.used);
  }

  /**
   * The data of the next frame, or `undefined` while it has not arrived whole.
   *
   * @throws {DecodeError} if the frame is longer than allowed
   */
  next(): Uint8Array | undefined {
    if (this.#buffered < this.headerBytes) return undefined;
    const length = this.#peekLength();
    if (length > this.#maxFrameBytes) {
      throw new DecodeError(`Cannot take a frame of ${length} bytes: ${this.#maxFrameBytes} are the most`, 0);
    }
    if (this.#buffered < this.headerBytes + length) return undefined;
    return this.#take(this.headerBytes + length).subarray(this.headerBytes);
  }

  #peekLength(): number {
    let length = 0;
    let read = 0;
    for (const chunk of this.#chunks) {
      for (let index = 0; index < chunk.byteLength && read < this.headerBytes; index++, read++) {
        length = length * 256 + (chunk[index] ?? 0);
      }
      if (read === this.headerBytes) break;
    }
    return length;
  }

  #take(count: number): Uint8Array {
    this.#buffered -= count;
    const first = this.#chunks[0];
    if (first !== undefined && first.byteLength >= count) {
      if (first.byteLength === count) this.#drop(1);
      else this.#chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    const taken = Buffer.allocUnsafe(count);
    let filled = 0;
    let used = 0;
    while (filled < count) {
      const chunk = this.#chunks[used] as Uint8Array;
      const part = chunk.subarray(0, count - filled);
      taken.set(part, filled);
      filled += part.byteLength;
      if (part.byteLength === chunk.byteLength) used++;
      else this.#chunks[used] = chunk.subarray(part.byteLength);
    }
    this.#drop(used);
    return taken;
  }

  #drop(count: number): void {
    this.#chunks.splice(0, count);
    if (this.#chunks.length === 0) this.#block = undefined;
  }
}
