/** Numbers that look random and are the same for the same seed: from 0 up to, not including, a limit. */
export type Random = (limit: number) => number;

/** @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c mulberry32 */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Bytes at which lengths, signs and texts turn. */
const TELLING = [0, 1, 2, 4, 0x0a, 0x20, 0x22, 0x2a, 0x7f, 0x80, 0xc3, 0xfe, 0xff];
const MOST_CHANGES = 4;
const MOST_BYTES = 4096;

/** Makes another input of a good one, or of two. Sometimes it is nothing but random bytes. */
export function mutated(seeds: readonly Uint8Array[], random: Random): Buffer {
  if (random(50) === 0) return randomBytes(random(64), random);
  let bytes: Buffer = Buffer.from(pick(seeds, random));
  for (let changes = 1 + random(MOST_CHANGES); changes > 0; changes--) bytes = changed(bytes, seeds, random);
  return bytes.subarray(0, MOST_BYTES);
}

function changed(bytes: Buffer, seeds: readonly Uint8Array[], random: Random): Buffer {
  const at = random(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random(16));
  switch (random(9)) {
    case 0: // one byte, any
      if (at < bytes.length) bytes[at] = random(256);
      return bytes;
    case 1: // one byte, a telling one
      if (at < bytes.length) bytes[at] = pick(TELLING, random);
      return bytes;
    case 2: // one bit
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      return bytes;
    case 3: // cut
      return bytes.subarray(0, at);
    case 4: // taken out
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 5: // again and again
      return Buffer.concat([
        bytes.subarray(0, end),
        ...Array<Buffer>(random(40)).fill(bytes.subarray(at, end)),
        bytes.subarray(end),
      ]);
    case 6: // a length
      if (at + 4 <= bytes.length)
        bytes.writeUInt32BE(pick([0, 1, 0xffff, 0x7fffffff, 0xffffffff, bytes.length], random), at);
      return bytes;
    case 7: {
      // the rest of another one
      const other = pick(seeds, random);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random(other.length + 1))]);
    }
    default: // put between
      return Buffer.concat([bytes.subarray(0, at), randomBytes(random(8), random), bytes.subarray(at)]);
  }
}

function randomBytes(count: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random(256)));
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[random(items.length)] as Item;
}
