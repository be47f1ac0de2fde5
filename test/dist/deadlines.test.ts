import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Deadlines } from "../../src/dist/deadlines.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("Deadlines tells of each wait whose time is over, once, in whatever order they began", () => {
  const late: number[] = [];
  const deadlines = new Deadlines((key) => late.push(key));
  for (const ms of [300, 100, 200]) deadlines.add(ms, ms);
  vi.advanceTimersByTime(99);
  expect(late).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(late).toEqual([100]);
  vi.advanceTimersByTime(1000);
  expect(late).toEqual([100, 200, 300]);
});

test("Deadlines has one timer for all waits, and none after the last is over", () => {
  const late: number[] = [];
  const deadlines = new Deadlines((key) => late.push(key));
  for (let key = 0; key < 50; key++) {
    deadlines.add(key, 1000);
    deadlines.remove(key);
    vi.advanceTimersByTime(1);
  }
  deadlines.add(50, 1000);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(999);
  expect(late).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(late).toEqual([50]);
  expect(vi.getTimerCount()).toBe(0);
});

test("Deadlines tells of waits that begin while another one ends", () => {
  const late: number[] = [];
  const deadlines = new Deadlines((key) => {
    late.push(key);
    if (key === 1) deadlines.add(2, 5);
  });
  deadlines.add(1, 10);
  vi.advanceTimersByTime(14);
  expect(late).toEqual([1]);
  vi.advanceTimersByTime(1);
  expect(late).toEqual([1, 2]);
});

test("close() ends all waits without a word", () => {
  const deadlines = new Deadlines(() => expect.unreachable());
  deadlines.add(1, 10);
  deadlines.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(20);
});
