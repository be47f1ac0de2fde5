// Runs every command of the README and of docs/, in their order, each document in a folder of its own that holds
// the files it has shown before. They run in a network namespace, so the ports of the lab are free there.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DOCUMENTS, examplesOf, fileNameOf, type Example } from "../../docs/markdown.ts";
import { openNetwork, type Network } from "../network-namespaces.ts";
import { startSshd, type Sshd } from "../sshd.ts";
import { openWorkspace, type Workspace } from "../workspace.ts";
import { alike, ANY_LINES, commandsOf } from "./command-block.ts";
import { openShell, type Shell } from "./shell.ts";
import { SURROUNDINGS } from "./surroundings.ts";

/** Lines that no test can run as they stand, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "npm run demo": "It sets up the checkout that the tests run in; the continuous integration runs it",
  "npm test": "It is what runs this",
  "npm ci": "It asks a registry of packages",
  "npm pack": "test/live/package.test.ts packs and installs",
  "cd /path/to/your/playbooks": "No such folder; test/live/package.test.ts packs and installs",
  "npm install /path/to/fusion-play/fusion-play-0.1.0.tgz": "test/live/package.test.ts packs and installs",
  "fusion-play site.yml -i hosts.yml --vault-id dev@dev.txt --vault-id prod@prompt":
    "It asks at a terminal; test/live/secrets.test.ts gives ids",
};

const isCommand = ({ language }: Example): boolean => language === "sh" || language === "console";
const documents = DOCUMENTS.filter((document) => examplesOf(document).some(isCommand));
const isPossible = process.platform === "linux" && process.getuid?.() === 0;

test("commands that are not run stand in documents", () => {
  const lines = new Set(
    documents.flatMap((document) => examplesOf(document).flatMap(({ source }) => source.split("\n"))),
  );
  expect(Object.keys(NOT_RUN).filter((line) => !lines.has(line))).toEqual([]);
});

describe.runIf(isPossible).each(documents)("%s", (document) => {
  let network: Network;
  let workspace: Workspace;
  let shell: Shell;
  let sshd: Sshd | undefined;

  beforeAll(async () => {
    network = await openNetwork();
    workspace = await openWorkspace();
    shell = await openShell(workspace, network.launcher);
    const surround = SURROUNDINGS[document];
    if (surround === undefined) return;
    sshd = await startSshd({ launcher: network.launcher });
    await surround({ folder: shell.directory, home: workspace.home, sshd, mustRun: shell.mustRun });
  });

  afterAll(async () => {
    // Only one that a command has left behind when a test failed.
    await shell.run("fusion-play lab down");
    await sshd?.stop();
    await workspace[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
  });

  for (const example of examplesOf(document)) {
    const name = fileNameOf(example);
    if (isCommand(example)) test(`line ${example.line} runs as it stands`, () => runAll(example));
    else if (name !== undefined)
      test(`line ${example.line} is written as ${name}`, () => write(name, example));
  }

  async function write(name: string, { source }: Example): Promise<void> {
    const path = join(shell.directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, source);
  }

  async function runAll(example: Example): Promise<void> {
    for (const { command, output } of commandsOf(example)) {
      const script = command
        .split("\n")
        .filter((line) => NOT_RUN[line] === undefined)
        .join("\n");
      if (output === undefined) {
        await shell.mustRun(script);
        continue;
      }
      const actual = alike((await shell.run(script)).output);
      const expected = alike(output);
      const some = expected.filter((line) => line !== ANY_LINES);
      expect(actual, command).toEqual(
        some.length === expected.length ? expected : expect.arrayContaining(some),
      );
    }
  }
});
