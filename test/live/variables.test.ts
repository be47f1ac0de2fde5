import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { typedTo } from "../cli/typed.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import {
  environment,
  hostOf,
  hostReport,
  openWorkspace,
  PACKAGE,
  PROGRAM,
  type Workspace,
} from "./workspace.ts";

// Each test starts the program several times, on machines of any speed.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let sshd: Sshd;
let workspace: Workspace;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({
    web: {
      hosts: { web1: hostOf(sshd, { size: "host", port: "host" }) },
      vars: { zone: "group", size: "group" },
    },
  });
  await workspace.write({
    "vars/common.yml": "region: ${{ vars.release }} in the north\nport: file\n",
    "site.yml": PLAYS,
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

const PLAYS = `
- hosts: all
  vars: { title: "\${{ vars.region }}, \${{ vars.token }}", port: play, release: play, speed: play }
  vars_files: vars/common.yml
  vars_prompt:
    - { name: release, prompt: "Which release?", default: latest, private: false }
    - { name: token, prompt: Token, default: none, confirm: true }
  steps:
    - name: Look
      run: maps:to_list(\${{ vars }})
      register: before
    - assert: vars.speed == "step"
      vars: { speed: step }
- hosts: all
  steps:
    - name: What was registered stays
      run: erlang:length(\${{ before }})
    - assert: ["!has(vars.title)", "!has(vars.release)"]
`;

/** The variables that the first step looked at, without those of the connection. */
function variables(result: unknown): Record<string, unknown> {
  const pairs = (result as [string, unknown][]).filter(([name]) => !name.startsWith("fusion_"));
  return Object.fromEntries(pairs);
}

test("a run takes variables from inventory, play, files, prompts and the command line, without a terminal", async () => {
  const played = await workspace.play("site.yml", "-e", "token=given speed=extra");
  expect(played.stderr).toBe("");
  const { steps } = hostReport(played, "web1");
  expect(variables(steps[0]?.result)).toEqual({
    zone: "group",
    size: "host",
    port: "file",
    region: "latest in the north",
    release: "latest",
    title: "latest in the north, ********",
    // What is given in the place of a private answer is as private.
    token: "********",
    speed: "extra",
  });
  // The command line comes above the step.
  expect([steps[1]?.status, played.exitCode]).toEqual(["failed", 2]);
});

test("a run asks at the terminal, and what was registered stays for the next play", async () => {
  const report = `${workspace.folder}/asked.json`;
  const args = [
    PROGRAM,
    "site.yml",
    "-i",
    "hosts.yml",
    "--output",
    "lines",
    "-vv",
    "--report",
    `json=${report}`,
  ];
  const { exitCode, shown } = await typedTo(
    args,
    [
      ["Which release? [latest]: ", "2.0\n"],
      ["\nToken [default: not shown]: ", "my-token-1\r"],
      ["Again, Token [default: not shown]: ", "my-token-2\r"],
      ["\nToken [default: not shown]: ", "my-token-3\r"],
      ["Again, Token [default: not shown]: ", "my-token-3\r"],
    ],
    { cwd: workspace.folder, env: environment(workspace) },
  );
  expect({ exitCode, shown }).toMatchObject({ exitCode: 0 });
  expect(shown).toContain("Which release? [latest]: 2.0");
  expect(shown).toContain("The two are not the same");
  expect(shown).toContain("2.0 in the north");
});

test("-e says how to reach hosts, above the inventory: in run, call and doctor, and for run()", async () => {
  const { port, user } = sshd;
  const vars = hostOf(sshd, { fusion_port: 1, fusion_user: "nobody" });
  await workspace.write({
    "wrong.json": JSON.stringify({ all: { hosts: { web1: vars } } }),
    "node.yml": '- hosts: all\n  steps: [{ run: "erlang:node()" }]\n',
  });
  const given = ["-i", "wrong.json", "-e", `ansible_port=${port} ansible_user=${user}`];
  const commands = [["node.yml"], ["call", "all", "erlang:node()"], ["doctor", "all"]];
  for (const command of commands) {
    const { exitCode, stdout } = await workspace.run(...command, ...given);
    expect([command, exitCode, stdout]).toEqual([command, 0, expect.any(String)]);
    const without = await workspace.run(...command, "-i", "wrong.json");
    expect([command, without.exitCode]).toEqual([command, 4]);
  }
  const files = ["node.yml", "wrong.json"].map((name) => join(workspace.folder, name));
  const { run } = (await import(PACKAGE)) as typeof import("../../src/index.ts");
  const [playbook = "", inventory = ""] = files;
  const extraVars = { fusion_port: port, fusion_user: user };
  const report = await run({ playbooks: [playbook], inventory: [inventory], extraVars });
  expect(report.status).toBe("ok");
  const wrong = await workspace.run("validate", "node.yml", "-i", "wrong.json", "-e", "fusion_usr=deploy");
  expect([wrong.exitCode, wrong.stderr]).toEqual([3, expect.stringContaining("fusion_user")]);
});
