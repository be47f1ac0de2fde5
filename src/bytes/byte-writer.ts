const INITIAL_CAPACITY = 256;
/** From this size on, a part of its own costs less than a copy. */
const LARGE_BYTES = 64 * 1024;

/** Writes big-endian fields into a buffer that grows as needed. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;
  /** What comes before `#bytes`. */
  readonly #parts: Buffer[] = [];
  #partsLength = 0;

  constructor(initialCapacity: number = INITIAL_CAPACITY) {
    this.#bytes = Buffer.allocUnsafe(initialCapacity);
  }

  get length(): number {
    return this.#partsLength + this.#length;
  }

  uint8(value: number): this {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
    return this;
  }

  uint16(value: number): this {
    const at = this.#reserve(2);
    this.#bytes.writeUInt16BE(value, at);
    return this;
  }

  uint32(value: number): this {
    const at = this.#reserve(4);
    this.#bytes.writeUInt32BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#reserve(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  uint64(value: bigint): this {
    const at = this.#reserve(8);
    this.#bytes.writeBigUInt64BE(value, at);
    return this;
  }

  float64(value: number): this {
    const at = this.#reserve(8);
    this.#bytes.writeDoubleBE(value, at);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#reserve(value.byteLength);
    this.#bytes.set(value, at);
    return this;
  }

  /** Writes bytes that nobody changes any more: large ones are not copied. */
  shared(value: Buffer): this {
    if (value.length < LARGE_BYTES) return this.bytes(value);
    this.#endPart();
    this.#addPart(value);
    return this;
  }

  /** Writes text as UTF-8 and returns how many bytes that were. */
  utf8(value: string): number {
    const size = Buffer.byteLength(value, "utf8");
    const at = this.#reserve(size);
    this.#bytes.write(value, at, "utf8");
    return size;
  }

  /** Writes text of ASCII alone, where it is short in half the time that other encodings take. */
  ascii(value: string): this {
    const at = this.#reserve(value.length);
    for (let index = 0; index < value.length; index++) this.#bytes[at + index] = value.charCodeAt(index);
    return this;
  }

  latin1(value: string): this {
    const at = this.#reserve(value.length);
    this.#bytes.write(value, at, "latin1");
    return this;
  }

  /** Overwrites four bytes written before, for a length that is known only afterwards. */
  patchUint32(at: number, value: number): void {
    let start = 0;
    for (const part of this.#parts) {
      if (at < start + part.length) return void part.writeUInt32BE(value, at - start);
      start += part.length;
    }
    this.#bytes.writeUInt32BE(value, at - start);
  }

  /** What was written, where nothing is shared without a copy: the writer must not be used afterwards. */
  finish(): Buffer {
    return this.#parts.length === 0
      ? this.#bytes.subarray(0, this.#length)
      : Buffer.concat(this.finishParts());
  }

  /** What was written, in several parts and without a copy: the writer must not be used afterwards. */
  finishParts(): Buffer[] {
    const last = this.#length === 0 ? [] : [this.#bytes.subarray(0, this.#length)];
    return this.#parts.length === 0 ? last : [...this.#parts, ...last];
  }

  #endPart(): void {
    if (this.#length === 0) return;
    this.#addPart(this.#bytes.subarray(0, this.#length));
    this.#bytes = this.#bytes.subarray(this.#length);
    this.#length = 0;
  }

  #addPart(part: Buffer): void {
    this.#parts.push(part);
    this.#partsLength += part.length;
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2, INITIAL_CAPACITY));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    this.#length = needed;
    return at;
  }
}
