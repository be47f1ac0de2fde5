import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { ByteStream, ByteStreamListener } from "../../src/bytes/byte-stream.ts";
import { CARRIED_WINDOW_BYTES, encodeCarriedFrame } from "../../src/ssh/carried-frame.ts";
import type { CarrierLane } from "../../src/ssh/carrier-lane.ts";
import { Carrier } from "../../src/ssh/carrier.ts";

/** One end of two streams that are joined, and what was written to it. */
interface End {
  readonly stream: ByteStream;
  readonly writes: number[];
}

/** Two ends: what is written to one arrives at the other when the next turn of the event loop begins. */
function pair(): readonly [End, End] {
  const listeners: (ByteStreamListener | undefined)[] = [undefined, undefined];
  const endOf = (own: number): End => {
    const writes: number[] = [];
    const stream: ByteStream = {
      listen: (listener) => void (listeners[own] = listener),
      write: (chunk) => {
        writes.push(chunk.byteLength);
        setImmediate(() => listeners[1 - own]?.onBytes(chunk));
      },
      queuedBytes: 0,
      close: () => void setImmediate(() => listeners[1 - own]?.onEnd()),
    };
    return { stream, writes };
  };
  return [endOf(0), endOf(1)];
}

interface Joined {
  readonly own: Carrier;
  readonly other: Carrier;
  readonly ownEnd: End;
  /** The other side's lanes, in the order in which they were opened. */
  readonly lanes: CarrierLane[];
  /** What was told on them. */
  readonly told: unknown[];
}

function join(): Joined {
  const [ownEnd, otherEnd] = pair();
  const lanes: CarrierLane[] = [];
  const told: unknown[] = [];
  const other = new Carrier(otherEnd.stream, (lane) => {
    const number = lanes.push(lane);
    lane.listen({
      onMessage: (id, message) => told.push([number, id, message]),
      onEnd: (error) => told.push([number, "end", error?.message]),
    });
  });
  return { own: new Carrier(ownEnd.stream), other, ownEnd, lanes, told };
}

/** Waits until nothing is on its way any more. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns++) await turn();
}

test("what is sent in one turn of the event loop, on whatever lanes, is one write", async () => {
  const { own, ownEnd, told } = join();
  const lanes = Array.from({ length: 40 }, () => own.open());
  lanes.forEach((lane, index) => lane.send(index, { hello: index }));
  await settle();
  expect(ownEnd.writes.length).toBe(1);
  expect(told).toEqual(lanes.map((_, index) => [index + 1, index, { hello: index }]));
});

test("a stream that nobody reads holds up no other lane, and no more than its window is on its way", async () => {
  const { own, lanes } = join();
  const [slow, quick] = [own.open(), own.open()];
  await settle();
  const [slowStream, quickStream] = [slow.open(4), quick.open(4)];
  const [notRead, read] = [lanes[0]?.open(4), lanes[1]?.open(4)];
  let arrived = 0;
  let late = 0;
  read?.listen({ onBytes: (chunk) => void (arrived += chunk.byteLength), onEnd: () => {} });
  const bytes = Buffer.alloc(3 * CARRIED_WINDOW_BYTES);
  slowStream.write(bytes);
  quickStream.write(bytes);
  await settle();
  expect(arrived).toBe(bytes.length);
  expect(slowStream.queuedBytes).toBe(bytes.length - CARRIED_WINDOW_BYTES);
  notRead?.listen({ onBytes: (chunk) => void (late += chunk.byteLength), onEnd: () => {} });
  await settle();
  expect(late).toBe(bytes.length);
});

test("the end of a lane is told on the other side, with its streams, and no other lane ends", async () => {
  const { own, lanes, told } = join();
  const [first, second] = [own.open(), own.open()];
  await settle();
  const ends: unknown[] = [];
  lanes[0]?.open(4).listen({ onBytes: () => {}, onEnd: (error) => ends.push(error) });
  first.close();
  first.send(0, "too late");
  second.send(0, "on");
  await settle();
  expect(ends).toEqual([undefined]);
  expect(told).toEqual([
    [1, "end", undefined],
    [2, 0, "on"],
  ]);
  // What is still on its way to a lane that is over is dropped.
  lanes[1]?.close();
  second.send(0, "nobody listens");
  await settle();
  expect(told.length).toBe(3);
});

test("the end of the carrier ends all lanes, on both sides, and those that are opened later", async () => {
  const { own, other, told } = join();
  const ends: string[] = [];
  own.open().listen({ onMessage: () => {}, onEnd: () => ends.push("first") });
  own.open().listen({ onMessage: () => {}, onEnd: () => ends.push("second") });
  await settle();
  other.close();
  await settle();
  own.open().listen({ onMessage: () => {}, onEnd: () => ends.push("third") });
  await settle();
  expect(ends).toEqual(["first", "second", "third"]);
  expect(told.length).toBe(2);
  expect(await Promise.all([own.ended, other.ended])).toEqual([undefined, undefined]);
});

test.each([
  ["a lane begins twice", [1, 1]],
  ["lanes do not begin in order", [2, 1]],
])("a carrier ends with an error where %s", async (_, numbers) => {
  const [ownEnd, otherEnd] = pair();
  const other = new Carrier(otherEnd.stream, () => {});
  for (const number of numbers) {
    for (const part of encodeCarriedFrame(number, { type: "open", id: 0 })) ownEnd.stream.write(part);
  }
  expect(await other.ended).toMatchObject({ code: "PROTOCOL_VIOLATION" });
});

test("the side that opens lanes takes none", async () => {
  const [ownEnd, otherEnd] = pair();
  const other = new Carrier(otherEnd.stream);
  for (const part of encodeCarriedFrame(1, { type: "open", id: 0 })) ownEnd.stream.write(part);
  expect(await other.ended).toMatchObject({ code: "PROTOCOL_VIOLATION" });
});
