import { expect, test } from "vitest";
import { batchesOf, stopsAfter } from "../../src/engine/batches.ts";

const hosts = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test.each([
  ["no serial", 4, [], [4]],
  ["a number", 5, [{ hosts: 2 }], [2, 2, 1]],
  ["growing sizes, the last repeated", 10, [{ hosts: 1 }, { hosts: 3 }], [1, 3, 3, 3]],
  [
    "percentages of all hosts, rounded down",
    10,
    [{ hosts: 1 }, { percent: 25 }, { percent: 100 }],
    [1, 2, 7],
  ],
  ["a percentage below one host", 3, [{ percent: 1 }], [1, 1, 1]],
  ["no hosts", 0, [{ hosts: 2 }], []],
] as const)("batchesOf() cuts by %s", (_, count, serial, sizes) => {
  const batches = batchesOf(hosts(count), serial);
  expect(batches.map(({ length }) => length)).toEqual(sizes);
  expect(batches.flat()).toEqual(hosts(count));
});

test.each([
  [0, 4, undefined, false],
  [1, 4, undefined, false],
  [4, 4, undefined, true],
  [1, 4, 25, false],
  [2, 4, 25, true],
  [1, 100, 0, true],
] as const)("stopsAfter() with %i of %i lost and %s allowed is %s", (lost, batch, percentage, expected) => {
  expect(stopsAfter(lost, batch, percentage)).toBe(expected);
});
