import { expect, test } from "vitest";
import { DocumentError, formatProblem } from "../../src/documents/document-error.ts";
import { problemAt } from "../../src/documents/problem-at.ts";
import { quote } from "../../src/documents/quote.ts";

function format(text: string, part: string): string {
  return formatProblem(problemAt({ path: "a.yml", text }, text.indexOf(part), "Wrong", "Do this"));
}

test("formatProblem() points at the character, when tabs and wide characters stand before it", () => {
  expect(format("a: 1\n\tb:\tc\n", "c")).toBe("a.yml:2:5: Wrong\n  2 | \tb:\tc\n    | \t  \t^\n  Do this");
  expect(format("😀😀: x\r\n", "x")).toBe("a.yml:1:5: Wrong\n  1 | 😀😀: x\n    |     ^\n  Do this");
});

test("formatProblem() shows the part of a long line that matters", () => {
  const shown = format(`${"a".repeat(5000)}X${"b".repeat(5000)}`, "X").split("\n");
  expect(shown[1]).toBe(`  1 | …${"a".repeat(60)}X${"b".repeat(59)}…`);
  expect(shown[2]?.indexOf("^")).toBe(shown[1]?.indexOf("X"));
});

test("formatProblem() shows no control characters", () => {
  expect(format("a: \u001b[31mred\u009b\u202e x", "x")).toContain("a: \uFFFD[31mred\uFFFD\uFFFD x");
});

test.each([
  ["fusion_password: hunter2", "fusion_password: ********"],
  ['{ "ansible_ssh_pass": "hunter2", port: x }', '{ "ansible_ssh_pass": ********'],
  ["h1 ansible_password=hunter2 port=x", "h1 ansible_password=********"],
  ["API_TOKEN: hunter2", "API_TOKEN: ********"],
  ["passengers: 3", "passengers: 3"],
])("problemAt() hides the password in %s", (line, shown) => {
  expect(problemAt({ path: "a", text: line }, 0, "Wrong").sourceLine).toBe(shown);
});

test("DocumentError shows a hundred problems, when there are more", () => {
  const problem = problemAt({ path: "a.yml", text: "x" }, 0, "Wrong");
  const { message } = new DocumentError(Array.from({ length: 150 }, () => problem));
  expect(message.match(/Wrong/gu)).toHaveLength(100);
  expect(message).toMatch(/… and 50 more problems$/u);
});

test("quote() writes one line of sensible length", () => {
  expect(quote('say "hi"\n\u001b\u009b')).toBe(String.raw`"say \"hi\"\n\u001b\u009b"`);
  expect(quote("x".repeat(1000))).toBe(`"${"x".repeat(60)}…"`);
});
