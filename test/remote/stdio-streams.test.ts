import fc from "fast-check";
import { expect, test } from "vitest";
import type { ByteStream } from "../../src/bytes/byte-stream.ts";
import type { FusionPlayError } from "../../src/errors.ts";
import { MAX_DATA_BYTES, MAX_STREAMS, WINDOW_BYTES } from "../../src/remote/stdio-frame.ts";
import { StdioStreams } from "../../src/remote/stdio-streams.ts";

const LISTENING = 2;
const ACCEPTED = 5;
const OPENED = 6;
const REFUSED = 7;
const DATA = 8;
const CREDIT = 9;
const END = 10;

function frame(type: number, id: number, payload: readonly number[] | Uint8Array = []): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt32BE(5 + payload.length, 0);
  header.writeUInt8(type, 4);
  header.writeUInt32BE(id, 5);
  return Buffer.concat([header, Uint8Array.from(payload)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Our side, with a tunnel 1 and a stream 3 that are open, and what it has sent since. */
async function opened(): Promise<{
  streams: StdioStreams;
  accepted: ByteStream[];
  stream: ByteStream;
  sent: () => { type: number; id: number; payload: Buffer }[];
  violations: FusionPlayError[];
  ends: (Error | undefined)[];
}> {
  let written: Uint8Array[] = [];
  const violations: FusionPlayError[] = [];
  const accepted: ByteStream[] = [];
  const ends: (Error | undefined)[] = [];
  const streams = new StdioStreams({
    host: "web1",
    carrier: { write: (chunk) => void written.push(chunk), queuedBytes: 0 },
    onViolation: (error) => violations.push(error),
  });
  const { signal } = new AbortController();
  const tunnel = streams.reverseTunnel((stream) => accepted.push(stream), { signal });
  const waiting = streams.forwardStream(4000, { signal });
  streams.receive(Buffer.concat([frame(LISTENING, 1, [1, 2]), frame(OPENED, 3)]));
  expect((await tunnel).remotePort).toBe(258);
  const stream = await waiting;
  stream.listen({ onBytes: () => {}, onEnd: (error) => ends.push(error) });
  written = [];
  const sent = (): { type: number; id: number; payload: Buffer }[] => {
    const frames = [];
    let bytes = Buffer.concat(written);
    while (bytes.length > 0) {
      const length = bytes.readUInt32BE(0);
      const payload = bytes.subarray(9, 4 + length);
      frames.push({ type: bytes.readUInt8(4), id: bytes.readUInt32BE(5), payload });
      bytes = bytes.subarray(4 + length);
    }
    return frames;
  };
  return { streams, accepted, stream, sent, violations, ends };
}

test.each<[string, readonly Buffer[], RegExp]>([
  ["a frame of no known type", [frame(77, 3)], /unknown type 77/],
  ["what only we send", [frame(4, 3, [0, 80])], /unknown type 4/],
  ["a frame that is too long", [uint32(0x7fff_ffff)], /2147483647 bytes/],
  ["a frame without a header", [uint32(4), uint32(0)], /header/],
  ["a port of one byte", [frame(LISTENING, 1, [1])], /type 2 with 1 bytes/],
  ["an answer that nobody asked for", [frame(OPENED, 5)], /"opened": nobody asked/],
  ["an answer twice", [frame(LISTENING, 1, [1, 2])], /"listening": nobody asked/],
  ["a refusal of what is open", [frame(REFUSED, 3)], /"refused": nobody asked/],
  ["data of no stream", [frame(DATA, 9, [1])], /"data": no such stream/],
  ["data of a tunnel", [frame(DATA, 1, [1])], /"data": no such stream/],
  ["an end of no stream", [frame(END, 9)], /"end": no such stream/],
  ["data after the end", [frame(END, 3), frame(DATA, 3, [1])], /"data"/],
  ["an odd id", [frame(ACCEPTED, 5, uint32(1))], /5 as the id/],
  ["an id again", [frame(ACCEPTED, 2, uint32(1)), frame(ACCEPTED, 2, uint32(1))], /2 as the id/],
  ["an id of before", [frame(ACCEPTED, 8, uint32(1)), frame(ACCEPTED, 6, uint32(1))], /6 as the id/],
  ["credit that nobody needs", [frame(CREDIT, 3, uint32(1))], /window/],
  [
    "too many streams",
    Array.from({ length: 8 * MAX_STREAMS + 1 }, (_, index) => frame(ACCEPTED, 2 * index + 2, uint32(1))),
    /more streams/,
  ],
  [
    "more data than was asked for",
    [
      frame(ACCEPTED, 2, uint32(1)),
      ...Array.from({ length: WINDOW_BYTES / MAX_DATA_BYTES + 1 }, () =>
        frame(DATA, 2, Buffer.alloc(MAX_DATA_BYTES)),
      ),
    ],
    /more data than was asked for/,
  ],
])("receive() ends everything with PROTOCOL_VIOLATION, when a relay sends %s", async (_, frames, why) => {
  const { streams, violations, ends, sent } = await opened();
  streams.receive(Buffer.concat(frames));
  expect(violations).toHaveLength(1);
  expect(violations[0]).toMatchObject({
    code: "PROTOCOL_VIOLATION",
    message: expect.stringMatching(/^Cannot understand the relay on web1: /),
  });
  expect(violations[0]?.message).toMatch(why);
  expect(ends).toHaveLength(1);
  await expect(streams.forwardStream(1, { signal: new AbortController().signal })).rejects.toBe(
    violations[0],
  );
  const before = sent().length;
  streams.receive(frame(77, 3));
  expect([violations.length, sent().length]).toEqual([1, before]);
});

test("receive() takes any bytes, in any pieces", async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(
        fc.constantFrom(LISTENING, ACCEPTED, OPENED, REFUSED, DATA, CREDIT, END),
        fc.integer({ min: 0, max: 8 }),
        fc.uint8Array({ maxLength: 6 }),
      )
      .map(([type, id, payload]) => frame(type, id, payload)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const { streams, violations } = await opened();
      for (const bytes of pieces) streams.receive(bytes);
      expect(violations.length).toBeLessThanOrEqual(1);
    }),
  );
});

test("a stream sends a window of data, and more with each credit, then its end", async () => {
  const { streams, stream, sent } = await opened();
  stream.write(Buffer.alloc(WINDOW_BYTES + 10));
  stream.write(Buffer.from("last"));
  stream.close();
  const lengths = (): number[] => sent().map(({ payload }) => payload.byteLength);
  expect(lengths()).toEqual(Array.from({ length: WINDOW_BYTES / MAX_DATA_BYTES }, () => MAX_DATA_BYTES));
  expect(stream.queuedBytes).toBe(14);
  streams.receive(frame(CREDIT, 3, uint32(5)));
  expect(lengths().at(-1)).toBe(5);
  streams.receive(frame(CREDIT, 3, uint32(WINDOW_BYTES)));
  const [first, last, end] = sent().slice(-3);
  expect([first?.payload.byteLength, last?.payload.toString(), end?.type]).toEqual([5, "last", END]);
  expect(stream.queuedBytes).toBe(0);
});

test("a stream gives credit for what somebody has taken, and for nothing else", async () => {
  const { streams, accepted, sent } = await opened();
  streams.receive(frame(ACCEPTED, 2, uint32(1)));
  const half = Array.from({ length: WINDOW_BYTES / MAX_DATA_BYTES / 2 }, (_, index) =>
    frame(DATA, 2, Buffer.alloc(MAX_DATA_BYTES, index)),
  );
  streams.receive(Buffer.concat(half));
  expect(sent()).toEqual([]);
  const got: number[] = [];
  accepted[0]?.listen({ onBytes: (chunk) => got.push(chunk[0] ?? -1), onEnd: () => {} });
  expect(got).toEqual(half.map((_, index) => index));
  const credits = sent();
  expect(credits.map(({ type, id }) => [type, id])).toEqual(credits.map(() => [CREDIT, 2]));
  expect(credits.reduce((all, { payload }) => all + payload.readUInt32BE(), 0)).toBe(WINDOW_BYTES / 2);
});

test("a stream that was closed here drops what arrives, until the other side ends it", async () => {
  const { streams, stream, sent, ends, violations } = await opened();
  stream.close();
  stream.write(Buffer.from("ignored"));
  streams.receive(Buffer.concat([frame(DATA, 3, Buffer.from("late")), frame(END, 3)]));
  expect(sent().map(({ type, id }) => [type, id])).toEqual([[END, 3]]);
  expect(ends).toEqual([undefined]);
  // The half that wrote may still give credit.
  streams.receive(frame(CREDIT, 3, uint32(7)));
  expect(violations).toEqual([]);
});

test("what connects to a tunnel that was just closed is closed", async () => {
  const { streams, accepted, sent } = await opened();
  const waiting = streams.reverseTunnel((stream) => accepted.push(stream), {
    signal: new AbortController().signal,
  });
  streams.receive(frame(LISTENING, 5, [0, 80]));
  await (await waiting)[Symbol.asyncDispose]();
  streams.receive(frame(ACCEPTED, 2, uint32(5)));
  expect(accepted).toEqual([]);
  expect(sent().map(({ type, id }) => [type, id])).toEqual([
    [1, 5],
    [3, 5],
    [END, 2],
  ]);
});

test("a refusal is told in words without control characters", async () => {
  const { streams } = await opened();
  const { signal } = new AbortController();
  const waits = [streams.reverseTunnel(() => {}, { signal }), streams.forwardStream(80, { signal })];
  streams.receive(Buffer.concat([frame(REFUSED, 5, Buffer.from("em\u001bfile")), frame(REFUSED, 7)]));
  await expect(waits[0]).rejects.toMatchObject({
    code: "SSH_CONNECT_FAILED",
    message: "Cannot open a port on web1: em file",
  });
  await expect(waits[1]).rejects.toMatchObject({ message: "Cannot reach port 80 on web1: " });
});
