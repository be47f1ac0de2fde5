import { expect, test } from "vitest";
import type { Problem } from "../../src/documents/document-error.ts";
import { foldProblems } from "../../src/documents/fold-problems.ts";

const problem = (line: number, message: string, hint?: string): Problem => ({
  file: "site.yml",
  line,
  column: 1,
  message,
  hint,
  sourceLine: "",
});

test("foldProblems() tells what is wrong three times once, with the lines, and keeps what is wrong twice", () => {
  const problems = [problem(2, "a", "b"), problem(3, "c"), problem(4, "a", "b"), problem(4, "a", "b")];
  const twice = [problem(5, "a", "other"), problem(6, "c")];
  expect(foldProblems([...problems, ...twice])).toEqual([
    problem(2, "a", "b\n  and 2 more like this: line 4"),
    problem(3, "c"),
    problem(6, "c"),
    problem(5, "a", "other"),
  ]);
});

test("foldProblems() lists twelve lines at most", () => {
  const problems = Array.from({ length: 20 }, (_, index) => problem(index + 1, "a"));
  expect(foldProblems(problems).map(({ hint }) => hint)).toEqual([
    "and 19 more like this: lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, …",
  ]);
});
