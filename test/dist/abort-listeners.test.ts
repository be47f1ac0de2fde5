import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { AbortListeners } from "../../src/dist/abort-listeners.ts";

test("add() tells all that wait for a signal, with one listener, and nobody that was removed", () => {
  const told: unknown[] = [];
  const listeners = new AbortListeners<string>((key, reason) => told.push([key, reason]));
  const controller = new AbortController();
  for (const key of ["one", "removed", "two"]) listeners.add(controller.signal, key);
  listeners.remove(controller.signal, "removed");
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  controller.abort("stop");
  expect(told).toEqual([
    ["one", "stop"],
    ["two", "stop"],
  ]);
});

test("remove() keeps the listener of the signal that was waited for last, and of no other", () => {
  const listeners = new AbortListeners<string>(() => {});
  const signals = Array.from({ length: 3 }, () => new AbortController().signal);
  const count = (): number[] => signals.map((signal) => getEventListeners(signal, "abort").length);
  for (const signal of signals) {
    listeners.add(signal, "call");
    listeners.remove(signal, "call");
    listeners.remove(signal, "call");
  }
  expect(count()).toEqual([0, 0, 1]);
  const [first = AbortSignal.abort()] = signals;
  listeners.add(first, "call");
  expect(count()).toEqual([1, 0, 1]);
  listeners.close();
  expect(count()).toEqual([0, 0, 0]);
});
