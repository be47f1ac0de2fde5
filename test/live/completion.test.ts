import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Shell, SHELLS } from "./shell.ts";
import { openWorkspace, PROGRAM, type Workspace } from "./workspace.ts";

let workspace: Workspace;
let path = "";

beforeAll(async () => {
  workspace = await openWorkspace();
  const bin = join(workspace.folder, "bin");
  await mkdir(bin);
  await symlink(PROGRAM, join(bin, "fusion-play"));
  path = `${bin}:${process.env["PATH"] ?? ""}`;
  expect((await workspace.run("init", "fleet")).exitCode).toBe(0);
  await workspace.write({ "fleet/my plays/other.yml": "", "fleet/my plays/notes.txt": "" });
});

afterAll(() => workspace[Symbol.asyncDispose]());

describe.each(SHELLS)("in %s", (name) => {
  let shell: Shell;

  beforeAll(async () => {
    shell = await Shell.start(name, { folder: join(workspace.folder, "fleet"), home: workspace.home, path });
  });

  afterAll(() => shell[Symbol.asyncDispose]());

  test.each([
    ["a command", "vali", "validate"],
    ["a value of an option", "run --output nd", "run --output ndjson"],
    ["a value in the same word", "--output=nd", "--output=ndjson"],
    ["a playbook", "sit", "site.yml"],
    [
      "a folder with a blank, and the playbook in it",
      String.raw`my\ plays/`,
      String.raw`my\ plays/other.yml`,
    ],
    ["an inventory", "site.yml -i hos", "site.yml -i hosts.yml"],
    ["a part of a host pattern", "site.yml -i hosts.yml -l web:d", "site.yml -i hosts.yml -l web:db"],
    [
      "the name of a step in quotes",
      'site.yml --start-at-step "Conf',
      'site.yml --start-at-step "Configuration files"',
    ],
    [
      "the name of a step without",
      "site.yml --start-at-step Conf",
      String.raw`site.yml --start-at-step Configuration\ files`,
    ],
    ["the file of a report", "--report json=READ", "--report json=README.md"],
    ["a file of variables", "-e @hos", "-e @hosts.yml"],
  ])("TAB completes %s", async (_what, typed, expected) => {
    await shell.complete(`fusion-play ${typed}`, `fusion-play ${expected}`);
  });

  test("TAB offers commands and playbooks, where both may stand", async () => {
    await shell.offers("fusion-play s", ["schema", "site.yml"]);
  });
});
