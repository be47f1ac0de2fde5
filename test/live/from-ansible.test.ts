import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

/** So much that nothing is thrown away to make room. */
const MOST = JSON.stringify({ most: 1000 });

let sshd: Sshd;
let workspace: Workspace;
let played: Played;
let ofAnsible: string;

beforeAll(async () => {
  const text = readFileSync("docs/from-ansible.md", "utf8");
  const [theirs = "", ours = ""] = [...text.matchAll(/^```ya?ml\n(.*?)^```$/gms)].map(([, play]) => play);
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { localhost: hostOf(sshd) } } });
  await workspace.write({ "theirs.yml": theirs, "ours.yml": ours });
  const play = ["-i", "localhost,", "-c", "local", "-e", MOST, join(workspace.folder, "theirs.yml")];
  ofAnsible = execFileSync("ansible-playbook", play, {
    encoding: "utf8",
    env: { ...process.env, HOME: workspace.home, ANSIBLE_CONFIG: "", ANSIBLE_NOCOLOR: "1" },
  });
  played = await workspace.play("ours.yml", "-e", MOST);
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test("the two plays of docs/from-ansible.md do the same, when Ansible and fusion-play run them", () => {
  expect(played.exitCode, played.stderr).toBe(0);
  const { steps } = hostReport(played, "localhost");
  expect(steps.map(({ name, status }) => `${name}: ${status}`)).toEqual([
    "How full it is: ok",
    "Show it: ok",
    "What is left: ok",
    "There is room: ok",
    "Make room early: skipped",
  ]);
  const used = /localhost uses \d+ % of \/var/;
  expect(steps[1]?.output).toMatch(used);
  expect(ofAnsible).toMatch(used);
  expect(ofAnsible).toMatch(/ok=4 +changed=0 +unreachable=0 +failed=0 +skipped=1/);
});
