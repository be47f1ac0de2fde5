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

test("nextPart() gives frames as they arrive, the small ones whole, however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat({ max: 60 }), fc.integer({ min: 4090, max: 9000 })), { maxLength: 8 }),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1000, max: 6000 })), {
        minLength: 1,
      }),
      (lengths, cuts) => {
        const frames = lengths.map((length, index) => Buffer.alloc(length, 65 + index));
        const stream = Buffer.concat(frames.map((frame) => framed(frame, 4)));
        const reader = new FrameReader(4, 10_000);
        const got: Buffer[][] = [];
        let isEnded = true;
        for (let at = 0, cut = 0; at < stream.length; cut++) {
          const length = cuts[cut % cuts.length] ?? 1;
          reader.add(stream.subarray(at, at + length));
          at += length;
          for (let part = reader.nextPart(); part !== undefined; part = reader.nextPart()) {
            expect(part.isFirst).toBe(isEnded);
            if (part.isFirst) got.push([]);
            got.at(-1)?.push(Buffer.from(part.bytes));
            isEnded = part.isLast;
          }
        }
        expect(isEnded).toBe(true);
        expect(got.map((parts) => Buffer.concat(parts).toString())).toEqual(
          frames.map((frame) => frame.toString()),
        );
        for (const parts of got.filter((of) => Buffer.concat(of).length <= 4096)) {
          expect(parts).toHaveLength(1);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("nextPart() refuses a frame that is longer than allowed as soon as its length is known", () => {
  const reader = new FrameReader(4, 1000);
  reader.add(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
  expect(() => reader.nextPart()).toThrow(DecodeError);
});

test("FrameReader keeps a large frame once, and what follows it, however many packets it came in", () => {
  const data = Buffer.alloc(8_000_000, "0123456789");
  const stream = Buffer.concat([framed(data, 4), framed(data, 4), framed(Buffer.from("next"), 4)]);
  const reader = new FrameReader(4, data.length);
  const got: Uint8Array[] = [];
  let most = 0;
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  for (let at = 0, count = 0; at < stream.length; at += 32_749, count++) {
    // Copies, as packets are objects of their own.
    reader.add(Uint8Array.prototype.slice.call(stream, at, at + 32_749));
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) got.push(frame);
    if (count % 40 !== 0) continue;
    collectGarbage();
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(got.map((frame) => frame.byteLength)).toEqual([data.length, data.length, 4]);
  expect(got.slice(0, 2).every((frame) => data.equals(frame))).toBe(true);
  // Two of them, and the part of one that comes before it gets its place: a copy of one would make it three.
  expect(most).toBeLessThan(2.6 * data.length);
});

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
