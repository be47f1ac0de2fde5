import { join } from "node:path";
import { expect, test } from "vitest";
import { apiPage } from "../../scripts/api/api-page.ts";
import { readApi } from "../../scripts/api/read-api.ts";
import * as publicApi from "../../src/index.ts";
import { ROOT } from "./markdown.ts";

const entries = readApi(ROOT);

test("docs/api.md is what the doc comments say", async () => {
  const path = join(ROOT, "docs", "api.md");
  await expect(await apiPage(entries, path)).toMatchFileSnapshot(path);
});

test("readApi() finds every function and class that can be imported", () => {
  const values = entries.filter(({ kind }) => kind === "function" || kind === "class");
  expect(values.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(publicApi)));
});

test("every export, and every member of an exported interface or class, has a doc comment", () => {
  const silent = entries.flatMap(({ name, doc, members }) => [
    ...(doc.text === "" ? [name] : []),
    ...members
      .filter((member) => member.name !== "constructor" && member.doc.text === "")
      .map((member) => `${name}.${member.name}`),
  ]);
  expect(silent).toEqual([]);
});

test("every type that an export names is exported", () => {
  expect(entries.flatMap(({ name, unexported }) => unexported.map((type) => `${name}: ${type}`))).toEqual([]);
});
