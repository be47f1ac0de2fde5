/**
 * Reads four bytes, big-endian, in the middle of others. It is for loops in which a reader would
 * take longer than all else; they look after the end of the bytes themselves.
 */
export function uint32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
