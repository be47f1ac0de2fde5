import { expect, test } from "vitest";
import { SpanQueue } from "../../../src/report/otel/span-queue.ts";

const KEPT = { isNeeded: false };

test("batch() gives the first spans, as many as go with a request, until they are removed", () => {
  const queue = new SpanQueue();
  for (let index = 0; index < 600; index++) queue.add(String(index), KEPT);
  expect(queue.isBatchFull).toBe(true);
  const batch = queue.batch();
  expect([batch.length, batch[0], batch.at(-1)]).toEqual([512, "0", "511"]);
  expect(queue.batch()).toEqual(batch);
  queue.remove(batch.length);
  expect([queue.batch().length, queue.batch()[0], queue.isBatchFull]).toEqual([88, "512", false]);
  queue.remove(88);
  expect([queue.length, queue.batch()]).toEqual([0, []]);
});

test("batch() stops before too many bytes, and gives a long span by itself", () => {
  const queue = new SpanQueue();
  const half = "x".repeat(600_000);
  for (const text of [half, half, "y".repeat(2_000_000), "z"]) queue.add(text, KEPT);
  const lengths: number[] = [];
  while (queue.length > 0) {
    const batch = queue.batch();
    lengths.push(batch.length);
    queue.remove(batch.length);
  }
  expect(lengths).toEqual([1, 1, 1, 1]);
});

test("add() keeps no more than it may, but what is needed, and counts the rest", () => {
  const queue = new SpanQueue();
  const text = "ü".repeat(500_000);
  for (let index = 0; index < 100; index++) queue.add(text, KEPT);
  expect([queue.length, queue.lost]).toEqual([67, 33]);
  queue.add(text, { isNeeded: true });
  expect([queue.length, queue.lost]).toEqual([68, 33]);
  queue.remove(2);
  queue.add(text, KEPT);
  expect([queue.length, queue.lost]).toEqual([67, 33]);
});
