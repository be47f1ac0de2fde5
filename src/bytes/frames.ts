import { DecodeError } from "./decode-error.ts";

/** Pieces that wait before small ones are copied together. */
const MAX_LOOSE_PIECES = 64;
/** A piece of this size is worth an object of its own. */
const SMALL_BYTES = 4096;
const BLOCK_BYTES = 64 * 1024;
/** From this size on a frame gets a place of its own, once this part of it has arrived. */
const LARGE_BYTES = 64 * 1024;
const LARGE_SHARE = 1 / 16;

/** Bytes of a frame, in the order in which they came. */
export interface FramePart {
  readonly bytes: Uint8Array;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/**
 * Cuts a stream of bytes into frames that each start with their length.
 *
 *     2 or 4 | Length
 *     Length | Data
 *
 * The size of the header may change between two frames, as it does at the end of the distribution
 * handshake. Memory is taken for bytes that arrived, never for a length that was only announced, and hardly
 * more than arrived: a sender may write each byte alone. A large frame is copied once, into the place that was made
 * for it; the system gives memory for that as bytes are written there.
 */
export class FrameReader {
  headerBytes: 2 | 4;
  #maxFrameBytes: number;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  /** What the last chunk is the beginning of, while there is room behind it. */
  #block: { readonly bytes: Uint8Array; used: number } | undefined;
  /** A frame that goes on to arrive; nothing else is there meanwhile. */
  #large: { readonly bytes: Uint8Array; filled: number } | undefined;
  /** How much is left of the frame whose beginning {@linkcode nextPart} has given. */
  #leftOfFrame = 0;

  constructor(headerBytes: 2 | 4, maxFrameBytes: number) {
    this.headerBytes = headerBytes;
    this.#maxFrameBytes = maxFrameBytes;
  }

  set maxFrameBytes(limit: number) {
    this.#maxFrameBytes = limit;
  }

  /** How many bytes have arrived that were not given out; without those of a large frame that goes on to arrive. */
  get bufferedBytes(): number {
    return this.#buffered;
  }

  add(chunk: Uint8Array): void {
    if (this.#large !== undefined) chunk = this.#fill(this.#large, chunk);
    if (chunk.byteLength === 0) return;
    this.#buffered += chunk.byteLength;
    if (chunk.byteLength >= SMALL_BYTES || this.#chunks.length < MAX_LOOSE_PIECES) {
      this.#chunks.push(chunk);
      this.#block = undefined;
    } else {
      this.#copy(chunk);
    }
  }

  /** Copies what belongs to a large frame there, and gives the rest. */
  #fill(large: { readonly bytes: Uint8Array; filled: number }, chunk: Uint8Array): Uint8Array {
    const part = chunk.subarray(0, large.bytes.byteLength - large.filled);
    large.bytes.set(part, large.filled);
    large.filled += part.byteLength;
    return chunk.subarray(part.byteLength);
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
    if (this.#large !== undefined) return this.#nextLarge(this.#large);
    const length = this.#length();
    if (length === undefined) return undefined;
    if (this.#buffered >= this.headerBytes + length) {
      return this.#take(this.headerBytes + length).subarray(this.headerBytes);
    }
    if (length >= LARGE_BYTES && this.#buffered >= length * LARGE_SHARE) {
      const arrived = this.#take(this.#buffered).subarray(this.headerBytes);
      const bytes = Buffer.allocUnsafeSlow(length);
      bytes.set(arrived);
      this.#large = { bytes, filled: arrived.byteLength };
    }
    return undefined;
  }

  #nextLarge({ bytes, filled }: { readonly bytes: Uint8Array; filled: number }): Uint8Array | undefined {
    if (filled < bytes.byteLength) return undefined;
    this.#large = undefined;
    return bytes;
  }

  /**
   * What has arrived of the next frame, without a copy where it is more than some kilobytes: smaller frames are given
   * whole. It takes the place of {@linkcode next}.
   *
   * @throws {DecodeError} if the frame is longer than allowed
   */
  nextPart(): FramePart | undefined {
    const isFirst = this.#leftOfFrame === 0;
    if (isFirst) {
      const length = this.#length();
      if (length === undefined) return undefined;
      if (length <= SMALL_BYTES) {
        const bytes = this.next();
        return bytes && { bytes, isFirst, isLast: true };
      }
      if (this.#buffered === this.headerBytes) return undefined;
      this.#take(this.headerBytes);
      this.#leftOfFrame = length;
    }
    const [chunk] = this.#chunks;
    if (chunk === undefined) return undefined;
    const bytes = this.#take(Math.min(chunk.byteLength, this.#leftOfFrame));
    this.#leftOfFrame -= bytes.byteLength;
    return { bytes, isFirst, isLast: this.#leftOfFrame === 0 };
  }

  /** The length of the next frame, once that has arrived. */
  #length(): number | undefined {
    if (this.#buffered < this.headerBytes) return undefined;
    const length = this.#peekLength();
    if (length > this.#maxFrameBytes) {
      throw new DecodeError(`Cannot take a frame of ${length} bytes: ${this.#maxFrameBytes} are the most`, 0);
    }
    return length;
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
