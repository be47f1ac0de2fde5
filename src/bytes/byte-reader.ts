import { DecodeError } from "./decode-error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads big-endian fields from bytes, front to back. Every read names its field, so that a
 * {@linkcode DecodeError} says which field of which message the bytes ended in.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  offset = 0;
  readonly #view: DataView;
  readonly #end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#end = bytes.byteLength;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#end - this.offset;
  }

  /** @throws {DecodeError} if fewer than `count` bytes are left */
  need(count: number, field: string): void {
    if (count > this.#end - this.offset) {
      throw new DecodeError(
        `Cannot read ${field}: needs ${count} bytes, ${this.remaining} are left`,
        this.offset,
      );
    }
  }

  uint8(field: string): number {
    this.need(1, field);
    return this.#view.getUint8(this.offset++);
  }

  uint16(field: string): number {
    this.need(2, field);
    const value = this.#view.getUint16(this.offset);
    this.offset += 2;
    return value;
  }

  uint32(field: string): number {
    this.need(4, field);
    const value = this.#view.getUint32(this.offset);
    this.offset += 4;
    return value;
  }

  int32(field: string): number {
    this.need(4, field);
    const value = this.#view.getInt32(this.offset);
    this.offset += 4;
    return value;
  }

  uint64(field: string): bigint {
    this.need(8, field);
    const value = this.#view.getBigUint64(this.offset);
    this.offset += 8;
    return value;
  }

  float64(field: string): number {
    this.need(8, field);
    const value = this.#view.getFloat64(this.offset);
    this.offset += 8;
    return value;
  }

  /** The next `count` bytes, sharing memory with what is read from. */
  take(count: number, field: string): Uint8Array {
    this.need(count, field);
    // Half the time of subarray(), which asks for the class of its result.
    const taken = new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.offset, count);
    this.offset += count;
    return taken;
  }

  /** @throws {DecodeError} if the bytes are not UTF-8 */
  utf8(count: number, field: string): string {
    const start = this.offset;
    const bytes = this.take(count, field);
    try {
      return utf8.decode(bytes);
    } catch {
      throw new DecodeError(`Cannot read ${field}: it is not UTF-8`, start);
    }
  }

  latin1(count: number, field: string): string {
    const bytes = this.take(count, field);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  }
}
