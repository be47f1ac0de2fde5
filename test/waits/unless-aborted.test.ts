import { expect, test } from "vitest";
import { unlessAborted } from "../../src/waits/unless-aborted.ts";
import { latch } from "../engine/latch.ts";

test("unlessAborted() gives what the promise gives, or throws the reason of the signal", async () => {
  const stop = new AbortController();
  expect(await unlessAborted(Promise.resolve(7), stop.signal)).toBe(7);
  const waiting = unlessAborted(latch().promise, stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});

test("unlessAborted() leaves no failure to nobody, whenever the signal is aborted", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  try {
    const failing = Promise.reject(new Error("too late"));
    await expect(unlessAborted(failing, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  } finally {
    process.off("unhandledRejection", note);
  }
});
