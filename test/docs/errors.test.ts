import { expect, test } from "vitest";
import { readDocument, sectionOf } from "./markdown.ts";

const text = readDocument("docs/errors.md");
const union = /export type ErrorCode =\n(.*?);/s.exec(readDocument("src/errors.ts"))?.[1] ?? "";
const codes = [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code = ""]) => code);
const described = [...text.matchAll(/^### (.+)$/gm)].map(([, heading = ""]) => heading);

test("ErrorCode has members", () => {
  expect(codes.length).toBeGreaterThan(30);
});

test("docs/errors.md describes every ErrorCode, each once, and no other", () => {
  expect(described.toSorted()).toEqual(codes.toSorted());
});

test.each(described)("docs/errors.md says what %s means and what to do", (code) => {
  const paragraphs = sectionOf(text, `### ${code}`)
    .split("\n\n")
    .filter((paragraph) => paragraph.trim() !== "");
  expect(paragraphs.length).toBeGreaterThanOrEqual(2);
});

test("docs/errors.md names no code that is gone", () => {
  const named = [...text.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code = ""]) => code);
  expect(named.filter((code) => !codes.includes(code))).toEqual([]);
});
