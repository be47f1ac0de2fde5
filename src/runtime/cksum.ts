/** The polynomial of `cksum`, highest coefficient first. */
const POLYNOMIAL = 0x04c11db7;

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 0x80000000 ? (remainder << 1) ^ POLYNOMIAL : remainder << 1;
  }
  return remainder;
});

/**
 * The sum that `cksum` prints, the one program for sums that every POSIX system has.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/cksum.html
 */
export function cksum(bytes: Uint8Array): number {
  let remainder = 0;
  const add = (byte: number): void => {
    remainder = (remainder << 8) ^ (TABLE[((remainder >>> 24) ^ byte) & 0xff] ?? 0);
  };
  for (const byte of bytes) add(byte);
  for (let length = bytes.byteLength; length > 0; length = Math.floor(length / 256)) add(length % 256);
  return ~remainder >>> 0;
}
