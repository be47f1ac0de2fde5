import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DecodeError } from "../../src/bytes/decode-error.ts";
import { FrameReader } from "../../src/bytes/frames.ts";

function framed(data: Uint8Array, headerBytes: 2 | 4): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUIntBE(data.byteLength, 0, headerBytes);
  return Buffer.concat([header, data]);
}

test.each([2, 4] as const)(
  "FrameReader gives back frames with %i bytes of length however the stream is cut",
  (size) => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (frames, cuts) => {
          const stream = Buffer.concat(frames.map((frame) => framed(frame, size)));
          const reader = new FrameReader(size, 1000);
          const got: Uint8Array[] = [];
          for (let at = 0, cut = 0; at < stream.length; cut++) {
            const length = cuts[cut % cuts.length] ?? 1;
            reader.add(stream.subarray(at, at + length));
            at += length;
            for (let frame = reader.next(); frame !== undefined; frame = reader.next()) got.push(frame);
          }
          expect(got.map((frame) => Buffer.from(frame).toString("hex"))).toEqual(
            frames.map((frame) => Buffer.from(frame).toString("hex")),
          );
        },
      ),
    );
  },
);

test("FrameReader refuses a frame that is longer than allowed as soon as its length is known", () => {
  const reader = new FrameReader(4, 1000);
  reader.add(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
  expect(() => reader.next()).toThrow(DecodeError);
});

test("FrameReader takes another size of length from one frame to the next", () => {
  const reader = new FrameReader(2, 1000);
  reader.add(Buffer.concat([framed(Buffer.from("a"), 2), framed(Buffer.from("b"), 4)]));
  expect(Buffer.from(reader.next() ?? []).toString()).toBe("a");
  reader.headerBytes = 4;
  expect(Buffer.from(reader.next() ?? []).toString()).toBe("b");
  expect(reader.next()).toBeUndefined();
});

test("FrameReader gives back a frame that came byte by byte, and keeps hardly more memory than it takes", () => {
  const data = Buffer.alloc(100_000, "0123456789");
  const stream = Buffer.concat([framed(data, 4), framed(Buffer.from("next"), 4)]);
  const reader = new FrameReader(4, data.length);
  const before = process.memoryUsage().arrayBuffers;
  let at = 0;
  for (let piece = 0; at < data.length; piece++) {
    const length = piece % 10_000 === 0 ? 5000 : 1;
    // A piece may be a small part of a packet.
    const packet = Buffer.allocUnsafeSlow(8192);
    stream.copy(packet, 0, at, at + length);
    reader.add(packet.subarray(0, length));
    expect(reader.next()).toBeUndefined();
    at += length;
  }
  collectGarbage();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  reader.add(stream.subarray(at));
  expect(Buffer.compare(reader.next() ?? Buffer.of(), data)).toBe(0);
  expect(Buffer.from(reader.next() ?? []).toString()).toBe("next");
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
