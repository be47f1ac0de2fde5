import { expect, test } from "vitest";
import { type Line, renderLine } from "../../src/report/line.ts";

const line: Line = [{ text: "failed", style: "red" }, " web1 · 日本語"];
const plain = { color: false, unicode: true };

test("renderLine() colours where colours may be", () => {
  expect(renderLine(line, { color: true, unicode: true })).toBe("\u001b[31mfailed\u001b[39m web1 · 日本語");
  expect(renderLine(line, plain)).toBe("failed web1 · 日本語");
});

test("renderLine() writes ASCII only where nothing else can be shown", () => {
  expect(renderLine(line, { color: false, unicode: false })).toBe("failed web1 - ???");
  expect(renderLine(["a rather long line"], { color: false, unicode: false, width: 10 })).toBe("a rathe...");
});

test.each([
  [18, "failed web1 · 日本語"],
  [19, "failed web1 · 日本語"],
  [20, "failed web1 · 日本語"],
])("renderLine() does not cut a line that fits into %i columns", (width, expected) => {
  expect(renderLine(line, { ...plain, width: width + 2 })).toBe(expected);
});

test.each([
  [19, "failed web1 · 日本…"],
  [18, "failed web1 · 日…"],
  [7, "failed…"],
  [6, "faile…"],
  [1, "…"],
  [0, ""],
])("renderLine() cuts a line to %i columns", (width, expected) => {
  expect(renderLine(line, { ...plain, width })).toBe(expected);
});

test("renderLine() lets no control character pass, styled or not", () => {
  const nasty: Line = [{ text: "\u001b[2Jweb\n1", style: "bold" }, "\u001b]0;x\u0007 ok\r"];
  expect(renderLine(nasty, plain)).toBe("web 1 ok ");
});

test.each([
  [{ text: "日本語", most: 5 }, "日本…", "???"],
  [{ text: "日本語", most: 6 }, "日本語", "???"],
  [{ text: "日本語", columns: 7 }, "日本語 ", "???    "],
  [{ text: "日本語", columns: 4 }, "日… ", "??? "],
  [{ text: "a name that is long", columns: 8 }, "a name …", "a nam..."],
  [{ text: "a name", most: 2 }, "a…", ".."],
])("renderLine() brings %j to its columns, in the characters that are written", (span, unicode, ascii) => {
  expect(renderLine([span, "|"], plain)).toBe(`${unicode}|`);
  expect(renderLine([span, "|"], { color: false, unicode: false })).toBe(`${ascii}|`);
});
