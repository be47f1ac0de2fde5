import { expect, test } from "vitest";
import { Slots, type Slot } from "../../src/engine/slots.ts";
import { latch } from "./latch.ts";

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Takes a slot and keeps it until it is told to end. */
function hold(
  slots: Slots,
  log: string[],
  name: string,
): { slot: Promise<Slot>; end: () => void; done: Promise<void> } {
  const ending = latch();
  const got = latch<Slot>();
  const done = slots.use(async (slot) => {
    log.push(name);
    got.open(slot);
    await ending.promise;
  });
  return { slot: got.promise, end: ending.open, done };
}

test("Slots gives so many slots, and each that becomes free to the next in turn", async () => {
  const slots = new Slots(2);
  const log: string[] = [];
  const held = ["a", "b", "c", "d"].map((name) => hold(slots, log, name));
  const [a, b, c, d] = held;
  await turn();
  expect(log).toEqual(["a", "b"]);
  b?.end();
  await turn();
  expect(log).toEqual(["a", "b", "c"]);
  for (const each of [a, c, d]) each?.end();
  await Promise.all(held.map(({ done }) => done));
  expect(log).toEqual(["a", "b", "c", "d"]);
});

test("use() gives the slot back when the work fails", async () => {
  const slots = new Slots(1);
  await expect(slots.use(async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await slots.use(async () => 1)).toBe(1);
});

test("lend() lets others work meanwhile, and waits for its turn afterwards", async () => {
  const slots = new Slots(1);
  const log: string[] = [];
  const waited = latch();
  const first = slots.use(async (slot) => {
    await slot.lend(() => waited.promise, never);
    log.push("first goes on");
  });
  const second = hold(slots, log, "second");
  await second.slot;
  waited.open();
  await turn();
  expect(log).toEqual(["second"]);
  second.end();
  await Promise.all([first, second.done]);
  expect(log).toEqual(["second", "first goes on"]);
});

test("lend() passes on what was waited for or thrown, and does not wait for a turn once its signal is aborted", async () => {
  const slots = new Slots(1);
  const controller = new AbortController();
  const other = latch();
  await slots.use(async (slot) => {
    expect(await slot.lend(async () => 7, never)).toBe(7);
    const lent = slot.lend(async () => {
      void slots.use(() => other.promise);
      await turn();
      controller.abort();
      throw new Error("stopped");
    }, controller.signal);
    await expect(lent).rejects.toThrow("stopped");
  });
  // The slot that was not taken back is not given back either.
  let isUsed = false;
  const third = slots.use(async () => {
    isUsed = true;
  });
  await turn();
  expect(isUsed).toBe(false);
  other.open();
  await third;
});

test("lend() keeps the slot lent while another wait of the same host goes on", async () => {
  const slots = new Slots(1);
  const log: string[] = [];
  const waits = [latch(), latch()] as const;
  const first = slots.use(async (slot) => {
    await Promise.all(waits.map((wait) => slot.lend(() => wait.promise, never)));
  });
  waits[0].open();
  await turn();
  const second = hold(slots, log, "second");
  await second.slot;
  waits[1].open();
  second.end();
  await Promise.all([first, second.done]);
  expect(log).toEqual(["second"]);
});
