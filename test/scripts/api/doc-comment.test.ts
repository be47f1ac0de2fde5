import { expect, test } from "vitest";
import { parseDocComment } from "../../../scripts/api/doc-comment.ts";

test("parseDocComment() joins the lines of a paragraph, and keeps paragraphs and tables", () => {
  const comment = `/**
   * Makes a thing
   * of two lines.
   *
   * | a | b |
   * |---|---|
   * | 1 | 2 |
   */`;
  expect(parseDocComment(comment)).toEqual({
    text: "Makes a thing of two lines.\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    tags: [],
  });
});

test("parseDocComment() finds tags, also behind text", () => {
  expect(parseDocComment('/** How many. @default "5" */')).toEqual({
    text: "How many.",
    tags: [{ name: "default", subject: "", text: '"5"' }],
  });
  const comment = `/**
   * @param path where the
   *   file is
   * @returns what it holds
   * @throws {FusionPlayError} \`TIMEOUT\`
   */`;
  expect(parseDocComment(comment)).toEqual({
    text: "",
    tags: [
      { name: "param", subject: "path", text: "where the file is" },
      { name: "returns", subject: "", text: "what it holds" },
      { name: "throws", subject: "FusionPlayError", text: "`TIMEOUT`" },
    ],
  });
});

test("parseDocComment() takes no other word with an @ for a tag", () => {
  expect(parseDocComment("/** It says `@behaviour` or fusion@host. */").text).toBe(
    "It says `@behaviour` or fusion@host.",
  );
});
