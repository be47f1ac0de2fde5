import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { SCHEMAS } from "../../src/cli/schema.ts";
import { readDocument } from "../docs/markdown.ts";
import { fusionPlay } from "./command-line.ts";

test("schema knows every schema of the package", () => {
  const files = readdirSync("schemas").map((file) => file.replace(/\.schema\.json$/, ""));
  expect(new Set(Object.keys(SCHEMAS))).toEqual(new Set(files));
});

test("schema lists them, when none is named", async () => {
  const { code, stdout } = await fusionPlay("schema");
  expect(code).toBe(0);
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ", 1)[0]),
  ).toEqual(Object.keys(SCHEMAS));
});

test.each(Object.keys(SCHEMAS))("schema prints that of %s as it is in the package", async (name) => {
  const stdout = readDocument(`schemas/${name}.schema.json`);
  expect(await fusionPlay("schema", name)).toEqual({ code: 0, stdout, stderr: "" });
});

test("schema refuses another name, and lists those that there are", async () => {
  const { code, stdout, stderr } = await fusionPlay("schema", "playbooks");
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr).toContain(
    "Allowed choices are playbook, inventory, report, event, modules, doctor, variables, diff, sessions, list.",
  );
});
