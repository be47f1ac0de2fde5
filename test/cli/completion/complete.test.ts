import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { beforeAll, describe, expect, test } from "vitest";
import type { CommandContext } from "../../../src/cli/command-context.ts";
import { complete, type Completion } from "../../../src/cli/completion/complete.ts";
import { makeProgram } from "../../../src/cli/program.ts";
import { temporaryFolder } from "../../beam/temporary-folder.ts";

const program = await makeProgram({
  stop: { signal: new AbortController().signal } as CommandContext["stop"],
  exit: () => {},
  beginRun: () => {},
  maskErrors: () => {},
});
const folder = temporaryFolder();
const SITE = join(folder, "site.yml");
const WHOLE = join(folder, "whole.yml");
const HOSTS = join(folder, "hosts.yml");

beforeAll(() => {
  writeFileSync(
    SITE,
    `- hosts: all
  steps:
    - { name: Ship it, push: lists, tags: [slow, disk] }
    - { name: Check it, run: "lists:seq(1, 3)", tags: "disk, net" }
    - { run: "node()", unknown: key, tags: 3 }
- hosts: all
  steps: [{ name: "Check it", tags: never, assert: true }, "text"]
`,
  );
  writeFileSync(
    HOSTS,
    "web: { hosts: { web1: { own: 1 }, web2: { other: 1 } }, vars: { of_group: !vault x } }\ndb: { hosts: { db1: } }\n",
  );
  writeFileSync(join(folder, "broken.yml"), "- hosts: [\n");
  mkdirSync(join(folder, "more/steps"), { recursive: true });
  writeFileSync(
    WHOLE,
    `- { import_playbook: more/play.yml, tags: imported, vars: { of_import: 1 } }
- { import_playbook: whole.yml }
- { import_playbook: missing.yml, vars: text }
- { import_playbook: play.ts }
`,
  );
  writeFileSync(
    join(folder, "more/play.yml"),
    `hosts: all
vars: { of_play: 1 }
vars_prompt: [{ name: of_prompt }]
vars_files: [vars.yml, [missing.yml, other.json]]
steps:
  - block:
      - { name: First, run: "m:f()", vars: { of_step: 1 } }
      - { include_steps: steps/a.yml, name: Included, tags: included, vars: { of_include: 1 } }
`,
  );
  writeFileSync(join(folder, "more/vars.yml"), "of_file: 1\n");
  writeFileSync(join(folder, "more/other.json"), '{ "of_json": 1 }\n');
  writeFileSync(
    join(folder, "more/steps/a.yml"),
    "- { name: Inner, tags: inner, run: 'm:f()' }\n- include_steps: a.yml\n- include_steps: '${{ vars.a }}'\n",
  );
  writeFileSync(join(folder, "program"), "#!/bin/sh\necho '{}'\ntouch ran\n");
  chmodSync(join(folder, "program"), 0o755);
  mkdirSync(join(folder, "inventory"));
});

async function at(...words: readonly string[]): Promise<Completion> {
  return complete(program, words);
}

async function wordsAt(...words: readonly string[]): Promise<string[]> {
  return (await at(...words)).words.map(([word]) => word);
}

/** Commands with those below them, by the words that name them. */
function* commandsOf(command: Command, path: readonly string[]): Generator<[readonly string[], Command]> {
  for (const each of command.createHelp().visibleCommands(command)) {
    if (each.name() === "help") continue;
    yield [[...path, each.name()], each];
    yield* commandsOf(each, [...path, each.name()]);
  }
}

describe("flags and commands", () => {
  test.each([...commandsOf(program, [])])("complete() offers all that %s has", async (path, command) => {
    const flags = command.options.filter(({ hidden }) => !hidden).flatMap(({ long, short }) => [long, short]);
    const offered = await wordsAt(...path, "-");
    expect(offered.toSorted()).toEqual(
      [...new Set([...flags.filter((flag) => flag !== undefined), "-h", "--help"])].toSorted(),
    );
    const commands = command.createHelp().visibleCommands(command);
    expect(await wordsAt(...path, "")).toEqual(expect.arrayContaining(commands.map((each) => each.name())));
  });

  test("complete() offers commands and playbooks at the start, and what both understand", async () => {
    const { words, paths } = await at("");
    expect(words.map(([word]) => word)).toEqual(expect.arrayContaining(["run", "validate", "lab"]));
    expect(paths).toEqual({ fixed: "", endings: [".yml", ".yaml", ".ts", ".mts", ".js", ".mjs"] });
    expect(await wordsAt("--")).toEqual(expect.arrayContaining(["--version", "--inventory", "--dry-run"]));
  });

  test("complete() says what words mean", async () => {
    expect((await at("vali")).words).toEqual([["validate", expect.stringContaining("check playbooks")]]);
    expect((await at("site.yml", "--dry")).words).toEqual([
      ["--dry-run", expect.stringContaining("what would be shipped")],
      ["--dry-run=connect", expect.stringContaining("what the hosts have")],
    ]);
  });

  test.each<[string, string[]]>([
    ["hidden commands", ["lab", "ser"]],
    ["commands behind an argument", ["site.yml", "vali"]],
    ["flags behind --", ["--", "--dry"]],
    ["flags of another command", ["validate", "--dry"]],
  ])("complete() does not offer %s", async (_what, words) => {
    expect(await wordsAt(...words)).toEqual([]);
  });
});

describe("values", () => {
  test.each<[string, string[], string[]]>([
    ["choices", ["run", "--output", ""], ["pretty", "lines", "ndjson"]],
    ["choices where run is not written", ["--output", "l"], ["lines"]],
    ["choices in the same word", ["site.yml", "--output=n"], ["--output=ndjson"]],
    ["choices of an argument", ["schema", "e"], ["event"]],
    [
      "formats of reports",
      ["--report", ""],
      ["json=", "junit=", "html=", "markdown=", "github=", "gitlab=", "ctrf="],
    ],
    ["formats to write a report in", ["report", "run.json", "--to", "j"], ["json=", "junit="]],
    ["tags of playbooks", [SITE, "--tags", ""], ["slow", "disk", "net", "never"]],
    ["tags behind a comma", [SITE, "-t", "slow,d"], ["slow,disk"]],
    [
      "tags of a playbook that comes behind other options",
      ["-v", "-c", "3", SITE, "--skip-tags=n"],
      ["--skip-tags=net", "--skip-tags=never"],
    ],
    ["names of steps", [SITE, "--start-at-step", ""], ["Ship it", "Check it"]],
    [
      "names of steps in files of steps and imported playbooks",
      [WHOLE, "--start-at-step", ""],
      ["First", "Included", "Inner"],
    ],
    ["tags there", [WHOLE, "--tags", ""], ["imported", "included", "inner"]],
    ["variables of a host to explain", ["vars", "-i", HOSTS, "web1", "--explain", "o"], ["of_group", "own"]],
    [
      "variables of a host and of plays to explain",
      ["vars", "-i", HOSTS, "web1", WHOLE, "--explain=o"],
      [
        "of_group",
        "own",
        "of_import",
        "of_play",
        "of_prompt",
        "of_file",
        "of_json",
        "of_step",
        "of_include",
      ].map((name) => `--explain=${name}`),
    ],
    ["hosts and groups", ["-i", HOSTS, "-l", "web"], ["web", "web1", "web2"]],
    ["hosts of several inventories", ["-i", HOSTS, "-i", "x1,x2,", "--limit", "x"], ["x1", "x2"]],
    ["hosts whose inventory is in the same word", [`--inventory=${HOSTS}`, "-l", "d"], ["db", "db1"]],
    ["hosts whose inventory is behind a short flag", [`-i${HOSTS}`, "-l", "d"], ["db", "db1"]],
    ["hosts within a pattern", ["-i", HOSTS, "-l", "all:!web1:&d"], ["all:!web1:&db", "all:!web1:&db1"]],
    ["hosts to call on", ["call", "-i", HOSTS, "db"], ["db", "db1"]],
    ["hosts whose variables are shown", ["vars", "-i", HOSTS, "db"], ["db", "db1"]],
    ["hosts of the inventory", ["inventory", "-i", HOSTS, "--host", "web"], ["web", "web1", "web2"]],
  ])("complete() offers %s", async (_what, words, expected) => {
    expect(await at(...words)).toEqual({ words: expected.map((word) => [word, ""]) });
  });

  test.each<[string, string[], string, string[]]>([
    ["playbooks", ["validate", ""], "", [".yml", ".yaml", ".ts", ".mts", ".js", ".mjs"]],
    ["playbooks behind a host", ["vars", "web1", ""], "", [".yml", ".yaml", ".ts", ".mts", ".js", ".mjs"]],
    ["more playbooks", ["run", "site.yml", "o"], "", [".yml", ".yaml", ".ts", ".mts", ".js", ".mjs"]],
    ["inventories", ["-i", ""], "", []],
    ["code", ["modules", "-m", "eb"], "", []],
    ["a folder in the same word", ["lab", "up", "--dir=x"], "--dir=", []],
    ["the file of a report", ["--report", "json=r"], "json=", []],
    ["the file of a report in the same word", ["--report=json=r"], "--report=json=", []],
    ["a file of variables", ["-e", "@v"], "@", []],
    ["a file of patterns", ["--limit", "@"], "@", []],
  ])("complete() asks for paths, for %s", async (_what, words, fixed, endings) => {
    expect(await at(...words)).toEqual({ words: [], paths: { fixed, endings } });
  });

  test.each<[string, string[]]>([
    ["a number", ["-c", ""]],
    ["a duration", ["--timeout", "1"]],
    ["variables", ["-e", "a="]],
    ["a call", ["call", "all", ""]],
    ["a variable to explain of a host that is not there", ["vars", "-i", HOSTS, "web9", "--explain", ""]],
    ["hosts without an inventory", ["-l", ""]],
    ["hosts of an inventory that is not there", ["-i", "/missing.yml", "-l", ""]],
    ["hosts of an inventory that cannot be read", ["-i", join(folder, "broken.yml"), "-l", ""]],
    ["hosts of a folder, in which there may be programs", ["-i", join(folder, "inventory"), "-l", ""]],
    ["hosts of a program, which is not run", ["-i", join(folder, "program"), "-l", ""]],
    ["tags without a playbook", ["--tags", ""]],
    ["tags of a playbook that cannot be read", [join(folder, "broken.yml"), "--tags", ""]],
    ["tags of a TypeScript playbook", ["site.ts", "--tags", ""]],
    ["an option that does not exist", ["--no-such-option", "--no-such-option=x"]],
  ])("complete() offers nothing for %s", async (_what, words) => {
    expect(await at(...words)).toEqual({ words: [] });
  });

  test("complete() leaves out names that would break the lines of a script", async () => {
    writeFileSync(
      join(folder, "odd.yml"),
      '- { hosts: all, steps: [{ name: "a\\nb" }, { name: "a\\tb" }, { name: ab }] }\n',
    );
    expect(await wordsAt(join(folder, "odd.yml"), "--start-at-step", "a")).toEqual(["ab"]);
  });
});
