import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MergedText } from "../../src/remote/merged-text.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("MergedText hands text on together, soon after the first piece", () => {
  const pieces: string[] = [];
  const merged = new MergedText((text) => pieces.push(text));
  merged.add("a");
  vi.advanceTimersByTime(15);
  merged.add("b");
  expect(pieces).toEqual([]);
  vi.advanceTimersByTime(5);
  expect(pieces).toEqual(["ab"]);
  vi.advanceTimersByTime(1000);
  expect(pieces).toEqual(["ab"]);
});

test("MergedText hands much text on at once", () => {
  const pieces: string[] = [];
  const merged = new MergedText((text) => pieces.push(text));
  merged.add("x".repeat(100_000));
  expect(pieces).toEqual(["x".repeat(100_000)]);
  expect(vi.getTimerCount()).toBe(0);
});

test("flush() hands on what waits, and leaves no timer", () => {
  const pieces: string[] = [];
  const merged = new MergedText((text) => pieces.push(text));
  merged.add("end");
  merged.flush();
  merged.flush();
  expect(pieces).toEqual(["end"]);
  expect(vi.getTimerCount()).toBe(0);
});
