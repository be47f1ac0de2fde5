import { constants, deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inflateSmall } from "../../src/beam/inflate-small.ts";

/** Inflates a stream with other bytes round it. */
function inflate(stream: Uint8Array, size: number): Buffer | undefined {
  const bytes = Buffer.concat([Buffer.from("before"), stream, Buffer.from("behind")]);
  return inflateSmall({ bytes, start: 6, end: 6 + stream.length, size });
}

const { Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
/** Repeats itself at all distances, as tables of literals do. */
const content = fc
  .array(
    fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(Buffer.from("atom"), Buffer.alloc(600, 1))),
    {
      maxLength: 12,
    },
  )
  .map((parts) => Buffer.concat([...parts, ...parts.slice(0, 3)]));

test("inflateSmall() inflates what zlib deflates with fixed codes", () => {
  fc.assert(
    fc.property(content, (plain) => {
      expect(inflate(deflateSync(plain, { strategy: Z_FIXED, level: 9 }), plain.length)).toEqual(plain);
    }),
  );
});

test("inflateSmall() gives what zlib gives or nothing, whatever codes it was deflated with", () => {
  const strategy = fc.constantFrom(undefined, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE);
  fc.assert(
    fc.property(content, strategy, fc.integer({ min: 0, max: 9 }), (plain, chosen, level) => {
      const options = chosen === undefined ? { level } : { level, strategy: chosen };
      expect([plain, undefined]).toContainEqual(inflate(deflateSync(plain, options), plain.length));
    }),
  );
});

test("inflateSmall() gives nothing for a stream that is broken or has another size", () => {
  const plain = Buffer.from("literals, literals and more literals");
  const stream = deflateSync(plain, { strategy: Z_FIXED });
  expect(inflate(stream, plain.length)).toEqual(plain);
  expect(inflate(stream, plain.length - 1)).toBeUndefined();
  expect(inflate(stream, plain.length + 1)).toBeUndefined();
  for (let length = 0; length < stream.length; length++) {
    expect(inflate(stream.subarray(0, length), plain.length)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.nat(stream.length * 8 - 1), (bit) => {
      const changed = Buffer.from(stream);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const result = inflate(changed, plain.length);
      if (result !== undefined) expect(result).toEqual(inflateSync(changed));
    }),
  );
});
