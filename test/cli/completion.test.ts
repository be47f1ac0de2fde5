import { expect, test } from "vitest";
import { readDocument } from "../docs/markdown.ts";
import { fusionPlay } from "./command-line.ts";

test.each(["bash", "zsh", "fish"])("completion prints the script for %s", async (shell) => {
  const stdout = readDocument(`completions/fusion-play.${shell}`);
  expect(await fusionPlay("completion", shell)).toEqual({ code: 0, stdout, stderr: "" });
  expect(stdout).toContain("completion words -- ");
});

test("completion refuses another shell", async () => {
  const { code, stdout, stderr } = await fusionPlay("completion", "csh");
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr).toContain("csh");
});

test.each([
  ["words", ["--", "schema", "e"], "words\n\n\nevent\t\n"],
  ["paths", ["--", "--report=json="], "paths\n--report=json=\n\n"],
  ["both", ["--", "vali"], /^paths\n\n\.yml \.yaml .*\nvalidate\tcheck playbooks.*\n$/],
  ["nothing, when nothing is typed", [], /^paths\n/],
])("completion words tells a script %s", async (_what, words, expected) => {
  const { code, stdout, stderr } = await fusionPlay("completion", "words", ...words);
  expect([code, stderr]).toEqual([0, ""]);
  if (typeof expected === "string") expect(stdout).toBe(expected);
  else expect(stdout).toMatch(expected);
});
