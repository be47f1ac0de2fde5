import { expect, test } from "vitest";
import { formatBytes, formatClock, formatCount, formatDuration } from "../../src/report/quantity.ts";

test.each([
  [0, "0 ms"],
  [0.18, "0.2 ms"],
  [0.96, "1 ms"],
  [12.4, "12 ms"],
  [999.4, "999 ms"],
  [999.6, "1.0 s"],
  [59_900, "59.9 s"],
  [59_960, "1 min 0 s"],
  [125_000, "2 min 5 s"],
  [3_599_700, "1 h 0 min"],
  [3_725_000, "1 h 2 min"],
])("formatDuration() of %f ms", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [-5, "0:00"],
  [999, "0:00"],
  [42_000, "0:42"],
  [3_599_999, "59:59"],
  [3_723_000, "1:02:03"],
])("formatClock() of %i ms", (ms, text) => {
  expect(formatClock(ms)).toBe(text);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [999_949, "999.9 kB"],
  [999_950, "1.0 MB"],
  [999_949_999, "999.9 MB"],
  [999_950_000, "1.0 GB"],
])("formatBytes() of %i", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("formatCount() has a plural", () => {
  expect([0, 1, 2].map((count) => formatCount(count, "host"))).toEqual(["0 hosts", "1 host", "2 hosts"]);
});
