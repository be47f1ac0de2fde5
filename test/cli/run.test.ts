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
