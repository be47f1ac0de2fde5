import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorsPage, readErrorCodes } from "../../scripts/api/errors-page.ts";
import { CONNECTION_VARIABLES } from "../../src/inventory/connection-variables.ts";
import { flagsOf, programForDocuments } from "./commands.ts";
import { readDocument, ROOT } from "./markdown.ts";

const text = readDocument("docs/errors.md");
const parts = Array.from(
  readDocument("src/error-code.ts").matchAll(/ from "\.\/(.+)";/g),
  ([, file = ""]) => file,
);
const source = parts.map((file) => readDocument(`src/${file}`)).join("");
const described = readErrorCodes(source);
const codes = described.map(({ code }) => code);

test("docs/errors.md is what the doc comments of the parts of src/error-code.ts say", async () => {
  const path = join(ROOT, "docs", "errors.md");
  const introduction = text.slice(0, text.indexOf("\n## "));
  await expect(await errorsPage(described, introduction, path)).toMatchFileSnapshot(path);
});

test("there are all codes, in sections", () => {
  expect(codes.length).toBeGreaterThan(30);
  expect(described.filter(({ section }) => section === "")).toEqual([]);
});

test.each(described)("$code has sentences for what it means, what causes it and how to fix it", (each) => {
  for (const item of [each.meaning, each.cause, each.fix]) expect(item).toMatch(/^[A-Z`].{10,}[.`]$/);
});

test.each([
  ["without a comment", source.replace(/ {2}\/\*\*\n(?: {3}\* .*\n)+ {3}\*\/\n(?= {2}\| "USAGE")/, "")],
  ["without a cause", source.replace("Cause: ", "")],
])("a code %s is a mistake", (_, wrong) => {
  expect(wrong).not.toBe(source);
  expect(() => readErrorCodes(wrong)).toThrow(/doc comment/);
});

test("docs/errors.md names no code that is gone", () => {
  const named = [...text.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code = ""]) => code);
  expect(named.filter((code) => !codes.includes(code))).toEqual([]);
});

const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !parts.includes(file))
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
