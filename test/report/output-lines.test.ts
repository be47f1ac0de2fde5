import { expect, test } from "vitest";
import { OutputLines } from "../../src/report/output-lines.ts";

test("OutputLines gives whole lines, and the rest at the end", () => {
  const lines = new OutputLines();
  expect(lines.add("a", "one")).toEqual([]);
  expect(lines.add("a", " line\r\ntwo\n\nthr")).toEqual(["one line", "two", ""]);
  expect(lines.add("a", "ee")).toEqual([]);
  expect(lines.finish("a")).toEqual(["three"]);
  expect(lines.finish("a")).toEqual([]);
});

test("OutputLines keeps sources apart", () => {
  const lines = new OutputLines();
  lines.add("a", "from a");
  lines.add("b", "from b");
  expect(lines.add("a", "\n")).toEqual(["from a"]);
  expect(lines.finish("b")).toEqual(["from b"]);
});

test("OutputLines holds no line for ever that never ends", () => {
  const lines = new OutputLines();
  let given = 0;
  for (let piece = 0; piece < 1000; piece += 1) {
    for (const line of lines.add("a", "x".repeat(1000))) given += line.length;
    expect(piece * 1000 - given).toBeLessThan(10_000);
  }
  for (const line of lines.finish("a")) given += line.length;
  expect(given).toBe(1_000_000);
});
