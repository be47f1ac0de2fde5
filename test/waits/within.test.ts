import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { within } from "../../src/waits/within.ts";

/** Ends when the signal is aborted, which gives the reason. */
async function ending(signal: AbortSignal): Promise<unknown> {
  await sleep(60_000, undefined, { signal }).catch(() => {});
  return signal.reason;
}

test("within() aborts the signal when the time is over, also where another one is made of it", async () => {
  expect(await within(20, [], ending)).toMatchObject({ name: "TimeoutError" });
  const other = new AbortController();
  const reason = await within(60_000, [other.signal], (outer) => within(20, [outer], ending));
  expect(reason).toMatchObject({ name: "TimeoutError" });
});

test("within() aborts it with any of the given signals, and gives what the work gives", async () => {
  const other = new AbortController();
  const done = within(60_000, [new AbortController().signal, other.signal], ending);
  other.abort("stopped");
  expect(await done).toBe("stopped");
  expect(await within(60_000, [], async () => 7)).toBe(7);
  await expect(within(60_000, [], async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
});
