import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CONNECTION_VARIABLES } from "../../src/inventory/connection-variables.ts";
import { flagsOf, programForDocuments } from "./commands.ts";
import { readDocument, ROOT, sectionOf } from "./markdown.ts";

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

const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && file !== "errors.ts")
  .map((file) => readDocument(`src/${file}`));

test.each(codes)("something has the code %s", (code) => {
  expect(sources.some((source) => source.includes(`"${code}"`))).toBe(true);
});

test("hints of errors name commands, options and variables that exist", async () => {
  const program = await programForDocuments();
  const hints = sources.flatMap((source) =>
    Array.from(source.matchAll(/\bhint:\s*("|`)(.*?)\1/gs), ([, , hint = ""]) => hint),
  );
  const named = (pattern: RegExp): string[] => hints.flatMap((hint) => hint.match(pattern) ?? []);
  const variables = new Set(CONNECTION_VARIABLES.flatMap(({ names }) => names));
  const commands = program.commands.map((command) => command.name());
  const flags = new Set(program.commands.flatMap(flagsOf));
  expect(hints.length).toBeGreaterThan(150);
  expect(named(/\bfusion_[a-z_]+/g).filter((name) => !variables.has(name))).toEqual([]);
  expect(named(/(?<=\bfusion-play )[a-z]+/g).filter((name) => !commands.includes(name))).toEqual([]);
  expect(named(/(?<=^|\s)--[a-z][a-z-]+/g).filter((flag) => !flags.has(flag))).toEqual([]);
});
