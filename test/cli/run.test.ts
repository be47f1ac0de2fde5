import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../beam/temporary-folder.ts";
import { fusionPlay } from "./command-line.ts";

const playbook = join(temporaryFolder(), "site.yml");
writeFileSync(playbook, '{ name: P, hosts: all, steps: [{ name: First, run: "erlang:node()" }] }\n');

test("run lists hosts and steps where both are asked for", async () => {
  const { code, stdout } = await fusionPlay("run", playbook, "-i", "w1,", "--list-steps", "--list-hosts");
  expect([code, stdout]).toEqual([0, "P (all): 1 host\n  w1\nP (all):\n  First\n"]);
});

test("run refuses a --timeout of no time, in which no step could be done", async () => {
  const { code, stderr } = await fusionPlay("run", playbook, "-i", "w1,", "--timeout", "0s");
  expect(code).toBe(3);
  expect(stderr).toContain("'0s' is invalid. It must be longer than nothing.");
});

test.each([
  [["run", playbook, "-i", "w1,", "-l", "w1,wbe", "--list-hosts"], ["wbe"]],
  [["run", playbook, "-i", "w1,", "-l", "all:!wbe", "--dry-run"], ["wbe"]],
  [["validate", playbook, "-i", "w1,", "-l", "w1:&all:web*"], ["web*"]],
])("%j tells on standard error what of its patterns names nothing", async (args, parts) => {
  const { stderr } = await fusionPlay(...args);
  expect(stderr).toBe(parts.map((part) => `Not in the inventory: "${part}"\n`).join(""));
});

test.each([
  [["-t", "health,helath"], 'No step has the tag "helath". Did you mean "health"?\n'],
  [["--skip-tags", "nothing", "-t", "tagged"], 'No step has the tag "nothing"\n'],
  [["-t", "health", "--skip-tags", "never"], ""],
])("run %j tells on standard error which tags no step has", async (options, told) => {
  const steps = '[{ block: [{ name: First, run: "erlang:node()" }], tags: health }]';
  const file = join(temporaryFolder(), "tags.yml");
  writeFileSync(file, `{ name: P, hosts: all, steps: ${steps} }\n`);
  const { code, stderr } = await fusionPlay("run", file, "-i", "w1,", ...options, "--list-steps");
  expect([code, stderr]).toEqual([0, told]);
});

test("run suggests the step that --start-at-step may have meant", async () => {
  const { code, stderr } = await fusionPlay(
    "run",
    playbook,
    "-i",
    "w1,",
    "--start-at-step",
    "frist",
    "--list-steps",
  );
  expect([code, stderr]).toEqual([8, expect.stringContaining('Did you mean "First"?')]);
});
