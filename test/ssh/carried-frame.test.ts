import fc from "fast-check";
import { expect, test } from "vitest";
import {
  CarriedFrameReader,
  encodeCarriedFrame,
  MAX_CARRIED_BYTES,
  MAX_MESSAGE_BYTES,
  type CarriedFrame,
} from "../../src/ssh/carried-frame.ts";

const id = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const frame: fc.Arbitrary<CarriedFrame> = fc.oneof(
  fc.record({ type: fc.constant("data" as const), id, data: fc.uint8Array({ maxLength: 20_000 }) }),
  fc.record({ type: fc.constant("credit" as const), id, bytes: id }),
  fc.record({ type: fc.constant("end" as const), id, failure: fc.oneof(fc.constant(undefined), json) }),
  fc.record({ type: fc.constant("message" as const), id, message: json }),
  fc.record({ type: fc.constantFrom("open" as const, "close" as const), id: fc.constant(0 as const) }),
);
type OnLane = CarriedFrame & { readonly lane: number };
const onLane: fc.Arbitrary<OnLane> = fc.tuple(id, frame).map(([lane, each]) => ({ ...each, lane }));

/** Frames as they are read, with data of one stream that follow each other as one. */
function joined(frames: readonly OnLane[]): unknown[] {
  const result: unknown[] = [];
  for (const each of frames) {
    const last = result.at(-1) as { type: string; lane: number; id: number; data: Buffer } | undefined;
    if (each.type !== "data") result.push(each);
    else if (last?.type === "data" && last.id === each.id && last.lane === each.lane)
      last.data = Buffer.concat([last.data, each.data]);
    else if (each.data.length > 0) result.push({ ...each, data: Buffer.from(each.data) });
  }
  return result;
}

function read(bytes: Uint8Array, cuts: readonly number[] = []): OnLane[] {
  const frames: OnLane[] = [];
  const reader = new CarriedFrameReader((lane, each) => frames.push({ ...each, lane }));
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let start = 0;
  for (const end of places) {
    reader.add(bytes.subarray(start, end));
    start = end;
  }
  return frames;
}

test("CarriedFrameReader gives the frames that encodeCarriedFrame() wrote, wherever the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(onLane, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (frames, cuts) => {
      const bytes = Buffer.concat(frames.flatMap((each) => encodeCarriedFrame(each.lane, each)));
      expect(joined(read(bytes, cuts))).toEqual(joined(frames));
    }),
  );
});

test("CarriedFrameReader gives frames or a FrameError, for any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        read(bytes);
      } catch (error) {
        expect(error).toMatchObject({ name: "FrameError", code: "PROTOCOL_VIOLATION" });
      }
    }),
  );
});

test("encodeCarriedFrame() copies no data that are large, nor does CarriedFrameReader", () => {
  const data = Buffer.alloc(100_000, 7);
  const [head, payload] = encodeCarriedFrame(1, { type: "data", id: 4, data });
  expect(payload).toBe(data);
  const frames: CarriedFrame[] = [];
  const reader = new CarriedFrameReader((_, each) => frames.push(each));
  reader.add(head as Uint8Array);
  reader.add(data.subarray(0, 60_000));
  reader.add(data.subarray(60_000));
  const pieces = frames.flatMap((each) => (each.type === "data" ? [each.data] : []));
  expect(pieces.map(({ buffer, byteLength }) => [buffer === data.buffer, byteLength])).toEqual([
    [true, 60_000],
    [true, 40_000],
  ]);
});

test.each<[string, number, number]>([
  ["data", 1, MAX_CARRIED_BYTES],
  ["a message", 4, MAX_MESSAGE_BYTES],
])("CarriedFrameReader refuses %s that is longer than allowed, before it has arrived", (_, type, limit) => {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(limit + 1, 0);
  head.writeUInt8(type, 4);
  expect(() => read(head)).toThrow(`Cannot take a frame of ${limit + 1} bytes`);
});
