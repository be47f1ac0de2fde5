import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatTerm } from "../../src/etf/format.ts";
import { layoutTerm } from "../../src/report/layout-term.ts";
import { anyTerm } from "../etf/arbitrary-term.ts";

describe.each(["erlang", "elixir"] as const)("layoutTerm() of %s", (language) => {
  test("moves nothing but blanks, whatever the term", () => {
    fc.assert(
      fc.property(anyTerm, fc.integer({ min: 1, max: 3000 }), (term, maxLength) => {
        const printed = formatTerm(term, language, { maxLength });
        const bare = (text: string): string => text.replace(/\s/g, "");
        expect(bare(layoutTerm(printed).join(""))).toBe(bare(printed));
      }),
    );
  });
});

test("layoutTerm() leaves what fits on its line, and gives what does not a line for each element", () => {
  expect(layoutTerm('%{a: 1, "b" => {:ok, [1, 2]}}')).toEqual(['%{a: 1, "b" => {:ok, [1, 2]}}']);
  const disks = Array.from({ length: 3 }, (_, index) => `%{mount: "/data${index}", used: {12, "of, 40 GB"}}`);
  expect(layoutTerm(`%Health{disks: [${disks.join(", ")}], status: :ok, raw: <<255, 0>>}`)).toEqual([
    "%Health{",
    "  disks: [",
    '    %{mount: "/data0", used: {12, "of, 40 GB"}},',
    '    %{mount: "/data1", used: {12, "of, 40 GB"}},',
    '    %{mount: "/data2", used: {12, "of, 40 GB"}}',
    "  ],",
    "  status: :ok,",
    "  raw: <<255, 0>>",
    "}",
  ]);
});

test("layoutTerm() takes text that was cut, and brackets that mean nothing", () => {
  expect(layoutTerm("[1, {2, …")).toEqual(["[1, {2, …"]);
  expect(layoutTerm('"an unfinished [ text …')).toEqual(['"an unfinished [ text …']);
  expect(layoutTerm("#PID<0.12.0>")).toEqual(["#PID<0.12.0>"]);
  expect(layoutTerm("}]")).toEqual(["}]"]);
});

test("layoutTerm() of what nests a hundred thousand times ends soon", () => {
  const deep = `${"[".repeat(100_000)}1${"]".repeat(100_000)}`;
  const lines = layoutTerm(deep);
  expect(lines.length).toBeLessThan(400);
  expect(lines.map((line) => line.trim()).join("")).toBe(deep);
});

test("layoutTerm() breaks a text behind its own lines where it does not fit, and nowhere else", () => {
  expect(layoutTerm(String.raw`{:ok, "one\ntwo \\not a line\nthree\n"}`, 20)).toEqual([
    "{",
    "  :ok,",
    String.raw`  "one\n`,
    String.raw`   two \\not a line\n`,
    String.raw`   three\n"`,
    "}",
  ]);
  expect(layoutTerm(String.raw`"one\ntwo"`)).toEqual([String.raw`"one\ntwo"`]);
  expect(layoutTerm(String.raw`"one\n\ntwo`, 5)).toEqual([String.raw`"one\n`, String.raw` \n`, " two"]);
});
