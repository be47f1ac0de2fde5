import fc from "fast-check";
import { expect, test } from "vitest";
import { type Line, renderLine } from "../../src/report/line.ts";
import { wrapLine } from "../../src/report/wrap-line.ts";

function wrapped(line: Line, width: number): string[] {
  return wrapLine(line, width).map((each) => renderLine(each, { color: false, unicode: true }).trimEnd());
}

test("wrapLine() leaves a line that fits as it is", () => {
  const line = ["  web1: ", { text: "failed", style: "red" }] as const;
  expect(wrapLine(line, 14)).toEqual([line]);
});

test("wrapLine() breaks between words, further to the right than the line", () => {
  expect(wrapped(["    Cannot connect to web1: ", { text: "refused 3 times", style: "red" }], 25)).toEqual([
    "    Cannot connect to",
    "      web1: refused 3",
    "      times",
  ]);
  expect(wrapped(["日本語 日本語 日本語 日本語"], 14)).toEqual(["日本語 日本語", "  日本語", "  日本語"]);
});

test("wrapLine() keeps styles, and words that are wider than the terminal", () => {
  const [first, second] = wrapLine([{ text: `one ${"x".repeat(30)}`, style: "red" }], 20);
  expect(first?.[0]).toEqual({ text: "one", style: "red" });
  expect(second?.at(-1)).toEqual({ text: "x".repeat(30), style: "red" });
});

test("wrapLine() loses nothing but blanks, whatever the line and the width", () => {
  const texts = fc.array(fc.stringMatching(/^[a-z ]{0,30}$/), { maxLength: 6 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 60 }), (line, width) => {
      const bare = (lines: readonly string[]): string => lines.join("").replaceAll(" ", "");
      expect(bare(wrapped(line, width))).toBe(bare(line));
    }),
  );
});
