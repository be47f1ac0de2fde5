import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { AbortListeners } from "../../src/dist/abort-listeners.ts";

test("add() tells all that wait for a signal, with one listener, and nobody that was removed", () => {
  const listeners = new AbortListeners();
  const controller = new AbortController();
  const told: string[] = [];
  const removed = (): void => void told.push("removed");
  listeners.add(controller.signal, (reason) => told.push(`one: ${reason.message}`));
  listeners.add(controller.signal, removed);
  listeners.add(controller.signal, (reason) => told.push(`two: ${reason.message}`));
  listeners.remove(controller.signal, removed);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  controller.abort(new Error("stop"));
  expect(told).toEqual(["one: stop", "two: stop"]);
});

test("remove() keeps the listener of the signal that was waited for last, and of no other", () => {
  const listeners = new AbortListeners();
  const signals = Array.from({ length: 3 }, () => new AbortController().signal);
  const count = (): number[] => signals.map((signal) => getEventListeners(signal, "abort").length);
  const onAbort = (): void => {};
  for (const signal of signals) {
    listeners.add(signal, onAbort);
    listeners.remove(signal, onAbort);
    listeners.remove(signal, onAbort);
  }
  expect(count()).toEqual([0, 0, 1]);
  const [first = AbortSignal.abort()] = signals;
  listeners.add(first, onAbort);
  expect(count()).toEqual([1, 0, 1]);
  listeners.close();
  expect(count()).toEqual([0, 0, 0]);
});
