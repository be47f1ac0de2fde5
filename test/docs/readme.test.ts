import { expect, test } from "vitest";
import { readDocument } from "./markdown.ts";

const text = readDocument("README.md");

test("the README names scripts of package.json", () => {
  const { scripts } = JSON.parse(readDocument("package.json")) as { scripts: Record<string, string> };
  const named = [...text.matchAll(/npm (?:run )?(demo|test|run \w+)\b/g)].map(([, name = ""]) => name);
  expect(named).toContain("demo");
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});
