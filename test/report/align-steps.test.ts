import { expect, test } from "vitest";
import { alignSteps, numberSteps } from "../../src/report/align-steps.ts";

test("numberSteps() tells steps of one name apart", () => {
  const keys = numberSteps([{ name: "a" }, { name: "b" }, { name: "a" }]).map(({ key }) => key);
  expect(new Set(keys).size).toBe(3);
  expect(numberSteps([{ name: "a" }])[0]?.key).toBe(keys[0]);
});

test("alignSteps() puts what only some hosts have behind the step before it", () => {
  expect(alignSteps([["a", "c"], ["a", "b", "c", "d"], ["x", "a"], []])).toEqual(["x", "a", "b", "c", "d"]);
  expect(
    alignSteps([
      ["a", "b"],
      ["b", "a"],
    ]),
  ).toEqual(["a", "b"]);
  expect(alignSteps([])).toEqual([]);
});
