import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { codeBlocks, readDocument } from "../docs/markdown.ts";
import { fusionPlay } from "./command-line.ts";

const parent = temporaryFolder();
const FILES = [
  "README.md",
  "site.yml",
  "hosts.yml",
  "lib/health.erl",
  "schemas/playbook.schema.json",
  "schemas/inventory.schema.json",
  ".vscode/settings.json",
  ".vscode/extensions.json",
  ".gitignore",
];
let count = 0;
let folder = "";

beforeEach(() => {
  folder = join(parent, `project-${++count}`);
});

/** Paths of the files in a folder, in order. */
function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(path, name)).isFile())
    .toSorted((a, b) => a.localeCompare(b));
}

test("init writes a project into a folder that it makes, and prints the next steps", async () => {
  const { code, stdout, stderr } = await fusionPlay("init", folder);
  expect([code, stderr]).toEqual([0, ""]);
  expect(filesIn(folder)).toEqual(FILES.toSorted((a, b) => a.localeCompare(b)));
  for (const file of FILES) expect(stdout).toContain(`  ${file}\n`);
  expect(stdout).toMatch(/ {2}cd .*project-\d\n {2}fusion-play lab up --hosts 3\n/);
});

test("init writes a playbook and an inventory that are valid", async () => {
  await fusionPlay("init", folder);
  const args = [join(folder, "site.yml"), "-i", join(folder, "hosts.yml")];
  expect(await fusionPlay("validate", ...args)).toEqual({
    code: 0,
    stdout: `${join(folder, "site.yml")}: ok, 1 play, 5 steps\n`,
    stderr: "",
  });
  const { stdout } = await fusionPlay("run", ...args, "--list-hosts");
  expect(stdout).toBe("Health of the fleet (all): 3 hosts\n  lab1\n  lab2\n  lab3\n");
});

test("init writes the settings for editors that docs/editors.md has, and the schemas of the package", async () => {
  await fusionPlay("init", folder);
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  const documented = codeBlocks(readDocument("docs/editors.md")).find(({ language }) => language === "json");
  expect(JSON.parse(read(".vscode/settings.json"))).toEqual(JSON.parse(documented?.source ?? ""));
  for (const name of ["playbook", "inventory"]) {
    expect(read(`schemas/${name}.schema.json`)).toBe(readDocument(`schemas/${name}.schema.json`));
  }
  expect(read("site.yml")).toMatch(/^# yaml-language-server: \$schema=schemas\/playbook\.schema\.json\n/);
  expect(read("hosts.yml")).toMatch(/^# yaml-language-server: \$schema=schemas\/inventory\.schema\.json\n/);
});

test("init writes into a folder with other files", async () => {
  mkdirSync(join(folder, "lib"), { recursive: true });
  writeFileSync(join(folder, "lib/other.erl"), "");
  expect((await fusionPlay("init", folder)).code).toBe(0);
  expect(filesIn(folder)).toEqual(expect.arrayContaining(["lib/health.erl", "lib/other.erl"]));
});

test("init replaces no file, writes nothing then, and names the files", async () => {
  mkdirSync(join(folder, "lib"), { recursive: true });
  writeFileSync(join(folder, "site.yml"), "mine");
  writeFileSync(join(folder, "lib/health.erl"), "mine, too");
  expect(await fusionPlay("init", folder)).toEqual({
    code: 3,
    stdout: "",
    stderr: `error FILE_EXISTS: Cannot write a starter project into ${JSON.stringify(folder)}: "site.yml", "lib/health.erl" are there already\n  Name another folder, such as fusion-play init my-fleet\n`,
  });
  expect(filesIn(folder)).toEqual(["lib/health.erl", "site.yml"]);
  expect(readFileSync(join(folder, "site.yml"), "utf8")).toBe("mine");
});

test("init leaves nothing behind, when it cannot write everything", async () => {
  mkdirSync(folder);
  // A file stands where a folder has to be, and it is not the first.
  writeFileSync(join(folder, ".vscode"), "");
  const { code, stdout, stderr } = await fusionPlay("init", folder);
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr).toMatch(/^error FILE_UNREADABLE: Cannot write a starter project into ".*": /);
  expect(readdirSync(folder)).toEqual([".vscode"]);
});
