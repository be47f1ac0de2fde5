import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;
let played: Played;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd), two: hostOf(sshd) } } });
  await workspace.write({
    "site.yml": `
- import_playbook: more/first.yml
- name: Second
  hosts: all
  steps:
    - include_steps: steps/probe.yml
      vars: { wanted: 7 }
      when: host.name == "one"
    - { name: After, assert: 'host.name == "two" ? given == null : given == 7' }
`,
    "more/first.yml":
      "- { name: First, hosts: all, steps: [{ name: Node, run: 'erlang:node()', register: node }] }\n",
    "steps/probe.yml": `
- { name: Probe, run: "erlang:abs(\${{ 0 - vars.wanted }})", register: given }
- { name: Fails, fail: "at \${{ vars.wanted }}", ignore_errors: true }
`,
  });
  played = await workspace.play("site.yml");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

function steps(host: string, play: number): string[] {
  return hostReport(played, host, play).steps.map(({ name, status }) => `${name}: ${status}`);
}

test("plays and steps of other files are run in their place", () => {
  expect(played.exitCode, played.stderr).toBe(0);
  expect(played.report?.plays.map(({ name }) => name)).toEqual(["First", "Second"]);
  expect(steps("one", 0)).toEqual(["Node: ok"]);
  expect(steps("one", 1)).toEqual(["Probe: ok", "Fails: ignored", "After: ok"]);
  expect(steps("two", 1)).toEqual(["Probe: skipped", "Fails: skipped", "After: ok"]);
});
