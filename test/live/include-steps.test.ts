import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;
let played: Played;

/** Is read by Ansible and by fusion-play. */
const IMPORTS = `
- name: Twice
  import_playbook: middle.yml
  vars: { a: outer, file: outer, step: outer }
  tags: two
- import_playbook: inner.yml
  when: false
`;
const MIDDLE = "- import_playbook: inner.yml\n  vars: { a: middle, b: middle }\n  tags: [one]\n";

const PLAY = `
- name: Inner
  hosts: all
  gather_facts: false
  vars: { a: play, b: play, c: play }
  vars_files: file.yml
`;

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

test("what stands beside an import holds for its plays as it does in Ansible", async () => {
  const names = ["a", "b", "c", "file", "step"];
  const ours = names.map((name) => `${name}=\${{ vars.${name} }}`).join(" ");
  const theirs = names.map((name) => `${name}={{ ${name} }}`).join(" ");
  await workspace.write({
    "ours/site.yml": IMPORTS,
    "ours/middle.yml": MIDDLE,
    "ours/inner.yml": `${PLAY}  steps:
    - { name: Shown, vars: { step: step }, changed_when: "true", notify: H, run: 'io:put_chars("${ours}")' }
    - { name: Other, run: erlang:node(), tags: other }
  handlers: [{ name: H, run: erlang:node() }]
`,
    "ours/file.yml": "file: file\n",
    "theirs/site.yml": IMPORTS,
    "theirs/middle.yml": MIDDLE,
    "theirs/inner.yml": `${PLAY}  tasks:
    - { name: Shown, vars: { step: step }, changed_when: true, notify: H, debug: { msg: "${theirs}" } }
    - { name: Other, ping: , tags: other }
  handlers: [{ name: H, debug: { msg: handled } }]
`,
    "theirs/file.yml": "file: file\n",
  });
  const expected = "a=outer b=middle c=play file=file step=step";

  const told = execFileSync(
    "ansible-playbook",
    ["-i", "one,", "-c", "local", "--skip-tags", "other", join(workspace.folder, "theirs/site.yml")],
    {
      encoding: "utf8",
      env: { ...process.env, HOME: workspace.home, ANSIBLE_CONFIG: "", ANSIBLE_NOCOLOR: "1" },
    },
  );
  expect(told).toContain(expected);
  expect(told).toMatch(/ok=2 +changed=1 +unreachable=0 +failed=0 +skipped=1/);

  const { exitCode, stderr, report } = await workspace.play("ours/site.yml", "--skip-tags", "other");
  expect(exitCode, stderr).toBe(0);
  const [first, second] = report?.plays ?? [];
  const ends = (play: typeof first): unknown =>
    play?.hosts["one"]?.steps.map(({ name, status }) => `${name}: ${status}`);
  expect(ends(first)).toEqual(["Shown: changed", "H: ok"]);
  expect(ends(second)).toEqual(["Shown: skipped"]);
  expect(first?.hosts["one"]?.steps[0]?.output).toBe(expected);

  const chosen = await workspace.play("ours/site.yml", "--tags", "two,other");
  const counts = chosen.report?.plays.map(({ hosts }) => hosts["one"]?.steps.length);
  expect(counts, chosen.stderr).toEqual([3, 1]);
});

test("plays and steps of other files are run in their place", () => {
  expect(played.exitCode, played.stderr).toBe(0);
  expect(played.report?.plays.map(({ name }) => name)).toEqual(["First", "Second"]);
  expect(steps("one", 0)).toEqual(["Node: ok"]);
  expect(steps("one", 1)).toEqual(["Probe: ok", "Fails: ignored", "After: ok"]);
  expect(steps("two", 1)).toEqual(["Probe: skipped", "Fails: skipped", "After: ok"]);
});
