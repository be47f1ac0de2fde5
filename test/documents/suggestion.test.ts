import { expect, test } from "vitest";
import { closest, didYouMean } from "../../src/documents/suggestion.ts";

const keys = ["name", "when", "loop", "register", "until", "retries", "ignore_errors", "vars", "tags"];

test.each([
  ["regster", "register"],
  ["Register", "register"],
  ["ignore-errors", "ignore_errors"],
  ["ignore_error", "ignore_errors"],
  ["vras", "vars"],
  ["nmae", "name"],
  ["tag", "tags"],
  ["wehn", "when"],
])("closest() finds what %s was meant to be", (name, expected) => {
  expect(closest(name, keys)).toBe(expected);
});

test.each(["x", "", "become", "hosts", "async", "register_this"])(
  "closest() finds nothing like %j",
  (name) => {
    expect(closest(name, keys)).toBeUndefined();
  },
);

test("didYouMean() asks, when there is a candidate", () => {
  expect(didYouMean("untill", keys)).toBe('Did you mean "until"?');
  expect(didYouMean("nothing like it", keys)).toBeUndefined();
});
