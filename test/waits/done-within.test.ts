import { expect, test } from "vitest";
import { isDoneWithin } from "../../src/waits/done-within.ts";
import { latch } from "../engine/latch.ts";

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("isDoneWithin() tells whether the promise is settled in time", async () => {
  expect(await isDoneWithin(Promise.resolve(7), 60_000)).toBe(true);
  expect(await isDoneWithin(latch().promise, 10)).toBe(false);
});

test("isDoneWithin() passes a rejection on, and leaves no timer", async () => {
  const before = timers();
  await expect(isDoneWithin(Promise.reject(new Error("no")), 60_000)).rejects.toThrow("no");
  expect(timers()).toBe(before);
});
