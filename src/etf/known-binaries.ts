import type { ByteReader } from "../bytes/byte-reader.ts";

/** A power of two. */
const SLOTS = 1024;
/** Longer ones are seldom the same, and take longer to compare. */
const MAX_BYTES = 24;
/** So many more may be new than known before nothing is looked up any longer. */
const PATIENCE = 256;

/**
 * Short binaries of one message, each where the hash of its bytes says: keys and words come again and again, and are
 * the same object then. To make one anew takes several times as long as to find it, and memory that has to be
 * collected.
 */
export class KnownBinaries {
  readonly #slots: (Uint8Array | undefined)[] = Array.from({ length: SLOTS });
  #patience = PATIENCE;

  /** Takes the next `length` bytes, sharing memory with what is read from. */
  take(reader: ByteReader, length: number, field: string): Uint8Array {
    if (this.#patience <= 0 || length > MAX_BYTES || length > reader.remaining)
      return reader.take(length, field);
    const { bytes, offset } = reader;
    let hash = length;
    for (let index = 0; index < length; index++) {
      hash = (Math.imul(hash, 31) + (bytes[offset + index] as number)) | 0;
    }
    const slot = hash & (SLOTS - 1);
    const known = this.#slots[slot];
    if (known !== undefined && isAt(bytes, offset, length, known)) {
      if (this.#patience < PATIENCE) this.#patience++;
      reader.offset = offset + length;
      return known;
    }
    this.#patience--;
    const taken = reader.take(length, field);
    this.#slots[slot] = taken;
    return taken;
  }
}

function isAt(bytes: Uint8Array, offset: number, length: number, known: Uint8Array): boolean {
  if (known.length !== length) return false;
  for (let index = 0; index < length; index++) {
    if (known[index] !== bytes[offset + index]) return false;
  }
  return true;
}
