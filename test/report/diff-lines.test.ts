import { expect, test } from "vitest";
import { atom, binary, MapTerm, tuple, type Term } from "../../src/etf/term.ts";
import { diffLines } from "../../src/report/diff-lines.ts";

const change = (before: Term, after: Term, key: (name: string) => Term = atom): Term =>
  new MapTerm([
    [key("before"), before],
    [key("after"), after],
  ]);

test.each<[string, Term, string[]]>([
  ["lines that differ", change(binary("a\nb\nc\n"), binary("a\nB\nc\nd\n")), ["- b", "+ B", "+ d"]],
  ["texts with keys of Elixir", change(binary("a"), binary("b"), binary), ["- a", "+ b"]],
  ["terms", change(tuple(atom("port"), 1), tuple(atom("port"), 2)), ["- {port,1}", "+ {port,2}"]],
  ["nothing before", change(atom("nil"), binary("x\ny")), ["- nil", "+ x", "+ y"]],
  ["the same twice", change(binary("a"), binary("a")), []],
  ["text", binary("a new file\nof two lines"), ["a new file", "of two lines"]],
  ["any other term", tuple(atom("restart"), 1), ["{restart,1}"]],
  ["a map without after", new MapTerm([[atom("before"), 1]]), ["#{before => 1}"]],
])("diffLines() shows %s", (_, diff, lines) => {
  expect(diffLines(diff, "erlang")).toEqual(lines);
});

test("diffLines() shows the first lines of a change that has many, in little time", () => {
  const text = (name: string): Term =>
    binary(Array.from({ length: 100_000 }, (_, index) => `${name} ${index}`).join("\n"));
  const before = performance.now();
  const lines = diffLines(change(text("old"), text("new")), "erlang");
  expect(performance.now() - before).toBeLessThan(2000);
  expect(lines).toHaveLength(1001);
  expect(lines.slice(-2)).toEqual(["- old 999", "… and 199000 more lines"]);
  expect(diffLines(binary("x".repeat(2000)), "erlang")).toEqual([`${"x".repeat(1000)}…`]);
});
