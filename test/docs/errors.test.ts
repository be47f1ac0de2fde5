import { expect, test } from "vitest";
import { readDocument, sectionOf } from "./markdown.ts";

const text = readDocument("docs/errors.md");
const union = /export type ErrorCode =\n(.*?);/s.exec(readDocument("src/errors.ts"))?.[1] ?? "";
/** Sections and codes in the order of the source: `// code`, `| "MODULE_INVALID"`. */
const outline = [...union.matchAll(/\/\/ (.+)|"([A-Z_]+)"/g)].map(
  ([, section, code]) => code ?? section ?? "",
);
const codes = outline.filter((line) => /^[A-Z_]+$/.test(line));

test("ErrorCode has members", () => {
  expect(codes.length).toBeGreaterThan(30);
});

test("docs/errors.md describes every ErrorCode and no other, in the sections and the order of src/errors.ts", () => {
  const headings = [...text.matchAll(/^(##|###) (.+)$/gm)].map(([, level, heading = ""]) =>
    level === "##" ? heading.toLowerCase() : heading,
  );
  expect(headings).toEqual(outline);
});

test.each(codes)("docs/errors.md says what %s means, what causes it and how to fix it", (code) => {
  const items = sectionOf(text, `### ${code}`).trim().split("\n");
  expect(items.map((item) => /^- \*\*(\w+):\*\* [A-Z`].{10,}[.`]$/.exec(item)?.[1])).toEqual([
    "Meaning",
    "Cause",
    "Fix",
  ]);
});

test("docs/errors.md names no code that is gone", () => {
  const named = [...text.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code = ""]) => code);
  expect(named.filter((code) => !codes.includes(code))).toEqual([]);
});
