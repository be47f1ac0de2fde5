import { expect, test } from "vitest";
import { parseDuration } from "../../src/playbook/duration.ts";

test.each<[string | number, number]>([
  ["500ms", 500],
  ["10s", 10_000],
  ["2m", 120_000],
  ["1h30m", 5_400_000],
  ["1m30s500ms", 90_500],
  ["1.5s", 1500],
  ["1d", 86_400_000],
  ["30", 30_000],
  [30, 30_000],
  [0.25, 250],
  [0, 0],
])("parseDuration() reads %s", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each([
  "",
  " 10s",
  "10 s",
  "10x",
  "s",
  "-1s",
  "1e3",
  "10s!",
  "1..5s",
  "ten",
  ".5s",
  "10S",
  "25d",
  "1000h",
  -1,
  NaN,
  Infinity,
  2 ** 31,
])("parseDuration() refuses %j", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
