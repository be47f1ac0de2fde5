import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, PACKAGE, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({
    all: { hosts: { one: { ...hostOf(sshd), patience: "300ms" }, two: { ...hostOf(sshd), patience: 20 } } },
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test("timeout, retries, delay and pause are those of each host, with variables of the command line", async () => {
  await workspace.write({
    "limits.yml": `
hosts: all
steps:
  - { name: Pause, pause: "\${{ vars.breath }}ms" }
  - name: Slow
    run: timer:sleep(1500)
    timeout: \${{ vars.patience }}
    retries: "\${{ host.name == 'one' ? vars.tries : 0 }}"
    delay: \${{ vars.breath / 1000.0 }}
  - { name: Wrong, run: "erlang:node()", timeout: "\${{ host.name }}" }
`,
  });
  const run = await workspace.play("limits.yml", "-e", "breath=20", "-e", "tries=2");
  expect(run.exitCode).toBe(2);
  const [pause, slow, ...others] = hostReport(run, "one").steps;
  expect(pause).toMatchObject({ name: "Pause", status: "ok" });
  expect(slow).toMatchObject({ status: "failed", attempts: 3, error: { code: "TIMEOUT" } });
  expect(others).toEqual([]);
  const two = hostReport(run, "two").steps;
  expect(two.map(({ status, attempts }) => [status, attempts])).toEqual([
    ["ok", 1],
    ["ok", 1],
    ["failed", 0],
  ]);
  expect(two[2]?.error).toMatchObject({
    code: "EXPRESSION_FAILED",
    message: expect.stringMatching(
      /^Cannot do the step: "timeout" at \S*limits\.yml:10:\d+ expects a duration .*, got text "two"$/,
    ) as string,
  });
});

test("--extra-vars choose the hosts of a play, its batches and its name", async () => {
  await workspace.write({
    "target.yml": `
- name: Ping \${{ vars.target }}
  hosts: \${{ vars.target }}
  serial: \${{ vars.batch }}
  max_fail_percentage: \${{ vars.most }}
  vars: { batch: 1, most: 0 }
  steps:
    - { name: Ping, run: "erlang:node()", throttle: "\${{ vars.batch }}" }
    - { name: Fail, fail: enough }
`,
  });
  const one = await workspace.play("target.yml", "-e", "target=two");
  expect(one.report?.plays.map(({ name, hosts }) => [name, Object.keys(hosts)])).toEqual([
    ["Ping two", ["two"]],
  ]);
  const all = await workspace.play("target.yml", "-e", "target=all");
  const ran = Object.entries(all.report?.plays[0]?.hosts ?? {}).filter(
    ([, { status }]) => status === "failed",
  );
  expect(ran.map(([host]) => host)).toEqual(["one"]);
  const { run } = (await import(PACKAGE)) as typeof import("../../src/index.ts");
  const [playbook = "", inventory = ""] = ["target.yml", "hosts.yml"].map((name) =>
    join(workspace.folder, name),
  );
  const report = await run({ playbooks: [playbook], inventory: [inventory], extraVars: { target: "one" } });
  expect(report.plays.map(({ name, hosts }) => [name, Object.keys(hosts)])).toEqual([["Ping one", ["one"]]]);
  const none = await workspace.play("target.yml");
  expect(none.exitCode).toBe(3);
  expect(none.stderr).toContain('target.yml:3:10: "hosts" needs the variable "target"');
});

test("names of steps and ignore_errors are those of each host, and names as they are written before the run", async () => {
  await workspace.write({
    "names.yml": `
hosts: all
vars: { release: 2 }
steps:
  - { name: "Install \${{ vars.release }} on \${{ host.name }}", run: "erlang:node()" }
  - { name: Maybe, fail: no, ignore_errors: "\${{ host.name == 'one' }}" }
  - { name: "Got \${{ vars.token }} and \${{ vars.none }}", run: "erlang:node()" }
  - { name: "With \${{ vars.token }}", run: "erlang:node()" }
`,
  });
  const listed = await workspace.run("names.yml", "-i", "hosts.yml", "--list-steps");
  expect(listed.stdout).toContain("  Install ${{ vars.release }} on ${{ host.name }}\n");
  const run = await workspace.play("names.yml", "-e", "token=!secret hunter2", "--report", "junit=names.xml");
  expect(hostReport(run, "one").steps.map(({ name, status }) => `${name}: ${status}`)).toEqual([
    "Install 2 on one: ok",
    "Maybe: ignored",
    "Got ${{ vars.token }} and ${{ vars.none }}: ok",
    "With ********: ok",
  ]);
  expect(hostReport(run, "two").steps.map(({ name, status }) => `${name}: ${status}`)).toEqual([
    "Install 2 on two: ok",
    "Maybe: failed",
  ]);
  const started = run.events.filter(({ type }) => type === "step_started").map(({ step }) => step);
  expect(started).toContain("Install 2 on one");
  const junit = await readFile(join(workspace.folder, "names.xml"), "utf8");
  expect(junit).toContain("Install 2 on one");
  expect(junit + JSON.stringify(run.events)).not.toContain("hunter2");
});
