import fc from "fast-check";
import { expect, test } from "vitest";
import { lineChanges, type LineChangesOptions } from "../../src/report/line-changes.ts";

const shown = (before: string[], after: string[], options?: LineChangesOptions): string[] =>
  lineChanges(before, after, options).map(({ sign, text }) => `${sign}${text}`);

test("lineChanges() tells what is gone and what is new in its place, among what stays", () => {
  expect(shown(["a", "b", "c"], ["a", "x", "c", "d"])).toEqual([" a", "-b", "+x", " c", "+d"]);
  expect(shown([], ["a"])).toEqual(["+a"]);
  expect(shown(["a"], ["a"])).toEqual([" a"]);
});

test("lineChanges() takes a line of a term for the same one, when only its comma is new", () => {
  const [before, after] = [
    ["[", "  1", "]"],
    ["[", "  1,", "  2", "]"],
  ];
  expect(shown(before, after, { isTerm: true })).toEqual([" [", "   1,", "+  2", " ]"]);
  expect(shown(before, after)).toEqual([" [", "-  1", "+  1,", "+  2", " ]"]);
});

test("lineChanges() holds both texts, and no line of both twice, whatever they are", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const changes = lineChanges(before, after);
      const without = (sign: string): string[] =>
        changes.filter((change) => change.sign !== sign).map(({ text }) => text);
      expect(without("+")).toEqual(before);
      expect(without("-")).toEqual(after);
    }),
  );
});

test("lineChanges() of two texts of many lines that have nothing in common takes no table of all pairs", () => {
  const many = (name: string): string[] => Array.from({ length: 20_000 }, (_, index) => `${name}${index}`);
  expect(lineChanges(many("a"), many("b"))).toHaveLength(40_000);
});
