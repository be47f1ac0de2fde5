import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, openWorkspace, PROGRAM, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;

// One test for each code at least; others try what leads to them: sick-host.test.ts 2, 4 and 6, left-behind.test.ts 130
// and 143, journal.test.ts 137, diff.test.ts the 1 of that command.

beforeAll(async () => {
  sshd = await startSshd();
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd) } } });
  await workspace.write({
    "away.yml": { all: { hosts: { away: hostOf(sshd, { fusion_port: port }) } } },
    "endless.yml": "- hosts: all\n  steps: [{ name: Endless, run: 'timer:sleep(infinity)' }]\n",
    "site.yml": "- hosts: all\n  steps: [{ name: Alive, tags: t, run: 'erlang:node()' }]\n",
    "bad.yml": "- hosts: all\n  stepz: []\n  steps: [{ name: Typo, rnu: 'erlang:node()' }]\n",
    "bad-modules.yml":
      "- hosts: all\n  modules: no/such/ebin\n  steps: [{ name: Alive, run: 'erlang:node()' }]\n",
    "bad-source.yml":
      "- hosts: all\n  modules: broken.erl\n  steps: [{ name: Alive, run: 'erlang:node()' }]\n",
    "broken.erl": "-module(broken).\nf( -> .\n",
    "missing-push.yml": "- hosts: all\n  steps: [{ name: Push, push: NoSuchModule }]\n",
    "bad-hosts.yml": "all:\n  hostz:\n    one:\n",
    "throws.ts": `throw new Error("thrown while loading");\n`,
    "missing-function.yml": "- hosts: all\n  steps: [{ name: Call, run: 'lists:no_such_function(1)' }]\n",
    "missing-module.yml": "- hosts: all\n  steps: [{ name: Call, run: 'NoSuchModule.call()' }]\n",
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test("0: every host ended ok, by every way to say it", async () => {
  for (const command of [["site.yml"], ["run", "site.yml"], ["call", "one", "erlang:node()"]]) {
    const { exitCode, stderr } = await workspace.run(...command, "-i", "hosts.yml");
    expect([exitCode, stderr]).toEqual([0, ""]);
  }
  expect((await workspace.run("validate", "site.yml", "-i", "hosts.yml")).exitCode).toBe(0);
  expect((await workspace.run("--version")).exitCode).toBe(0);
});

test("1: a bug is told as one, with its stack and what to do", async () => {
  // Planted where the program gathers what it has read.
  await workspace.write({ "bug.mjs": `Promise.allSettled = () => { throw new TypeError("planted"); };\n` });
  const args = ["--import", "./bug.mjs", PROGRAM, "site.yml", "-i", "hosts.yml"];
  const error = await promisify(execFile)(process.execPath, args, { cwd: workspace.folder }).then(
    () => undefined,
    (reason: { code: number; stderr: string }) => reason,
  );
  expect(error?.code).toBe(1);
  expect(error?.stderr).toMatch(
    /^This is a bug in fusion-play\. Please report it[^]*TypeError: planted\n\s+at /,
  );
});

test("1: all hosts ended ok, and a report cannot be written; what failed counts more", async () => {
  const options = ["-i", "hosts.yml", "--report", "json=/dev/full"];
  const { exitCode, stderr } = await workspace.run("site.yml", ...options);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Cannot write the report "/dev/full"')]);
  expect(stderr).not.toContain("This is a bug");
  expect((await workspace.run("call", "one", "erlang:error(why)", ...options)).exitCode).toBe(2);
});

test("2: a call that fails is a host that failed", async () => {
  const { exitCode, stdout } = await workspace.run("call", "one", "erlang:error(why)", "-i", "hosts.yml");
  expect(exitCode).toBe(2);
  expect(stdout).toContain("erlang:error/1 raised why on one");
});

test.each([
  ["an unknown option", ["site.yml", "-i", "hosts.yml", "--no-such-option"], /--no-such-option/],
  ["a bad value", ["site.yml", "-i", "hosts.yml", "--concurrency", "none"], /concurrency/],
  ["no playbook", ["-i", "hosts.yml"], /playbook/],
  ["no inventory", ["site.yml"], /inventory[^]*-i hosts\.yml/],
  ["a playbook that is not there", ["nowhere.yml", "-i", "hosts.yml"], /nowhere\.yml/],
  ["an inventory that is not there", ["site.yml", "-i", "nowhere.yml"], /nowhere\.yml/],
  [
    "a mistake in the playbook",
    ["bad.yml", "-i", "hosts.yml"],
    /bad\.yml:2:3[^]*stepz: \[\][^]*bad\.yml:3:25/,
  ],
  ["a mistake in the inventory", ["site.yml", "-i", "bad-hosts.yml"], /bad-hosts\.yml:2:3[^]*hosts/],
  [
    "a TypeScript playbook that throws",
    ["throws.ts", "-i", "hosts.yml"],
    /throws\.ts[^]*thrown while loading/,
  ],
  ["a module path that is not there", ["bad-modules.yml", "-i", "hosts.yml"], /no\/such\/ebin/],
  ["a module path of -m that is not there", ["site.yml", "-i", "hosts.yml", "-m", "gone/ebin"], /gone\/ebin/],
  ["a source that does not compile", ["bad-source.yml", "-i", "hosts.yml"], /broken\.erl:2:/],
  ["a module to push that is nowhere", ["missing-push.yml", "-i", "hosts.yml"], /NoSuchModule/],
  ["a pattern that is none", ["call", "one[", "erlang:node()", "-i", "hosts.yml"], /^call:1:1: .*bracket/],
  ["a call that is none", ["call", "one", "no call", "-i", "hosts.yml"], /call/],
  [
    "two reports in one file",
    ["site.yml", "-i", "hosts.yml", "--report", "json=a.json", "--report", "junit=./a.json"],
    /two reports to "\.\/a\.json"/,
  ],
  ["a report of an unknown format", ["site.yml", "-i", "hosts.yml", "--report", "xls=a.xls"], /xls/],
  [
    "a report into no folder",
    ["site.yml", "-i", "hosts.yml", "--report", "json=no/folder/a.json"],
    /no\/folder/,
  ],
])("3: nothing is run, for %s", async (_, args, message) => {
  const { exitCode, stdout, stderr } = await workspace.run(...args, "--output", "ndjson");
  expect([exitCode, stdout], stderr).toEqual([3, ""]);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("This is a bug");
});

test("3: without arguments nothing is run, and standard error has the help", async () => {
  const { exitCode, stdout, stderr } = await workspace.run();
  expect([exitCode, stdout]).toEqual([3, ""]);
  expect(stderr).toMatch(/^Usage: fusion-play [^]*validate/);
});

test("4: a host was unreachable, and none failed", async () => {
  const { exitCode, stdout } = await workspace.run("site.yml", "-i", "away.yml", "-i", "hosts.yml");
  expect(exitCode).toBe(4);
  expect(stdout).toContain("SSH_CONNECT_FAILED");
});

test("6: a host was unreachable, and another one failed", async () => {
  const both = ["-i", "away.yml", "-i", "hosts.yml"];
  const { exitCode, stdout } = await workspace.run("call", "all", "erlang:error(why)", ...both);
  expect(exitCode).toBe(6);
  expect(stdout).toContain("SSH_CONNECT_FAILED");
  expect(stdout).toContain("erlang:error/1 raised why on one");
});

test.each([
  ["missing-function.yml", "FUNCTION_NOT_FOUND", /lists:no_such_function\/1/],
  ["missing-module.yml", "MODULE_NOT_FOUND", /NoSuchModule/],
])("7: a dry run of %s finds %s", async (playbook, code, message) => {
  const { exitCode, report, stdout } = await workspace.playDry(playbook);
  expect(exitCode).toBe(7);
  expect(report).toMatchObject({ status: "problems", exit_code: 7 });
  const [step] = report?.plays[0]?.hosts["one"]?.steps ?? [];
  expect(step?.problems).toMatchObject([{ code, message: expect.stringMatching(message) }]);
  expect(stdout).toMatch(message);
});

test.each([
  ["no host matches", ["site.yml", "-i", "hosts.yml", "--limit", "nobody"]],
  ["no host matches the pattern of a call", ["call", "nobody", "erlang:node()", "-i", "hosts.yml"]],
  ["no step has the tag", ["site.yml", "-i", "hosts.yml", "--tags", "none-of-them"]],
  ["all steps are skipped", ["site.yml", "-i", "hosts.yml", "--skip-tags", "t"]],
  ["no step has the name to start at", ["site.yml", "-i", "hosts.yml", "--start-at-step", "nowhere"]],
  ["no host matches, in a dry run", ["site.yml", "-i", "hosts.yml", "--limit", "nobody", "--dry-run"]],
])("8: %s", async (_, args) => {
  const { exitCode, stdout, stderr } = await workspace.run(...args);
  expect([exitCode, stdout], stderr).toEqual([8, ""]);
  expect(stderr).toMatch(/^error NO_(HOST_MATCHED|STEP_LEFT): Cannot /);
});

test.each([
  [129, "SIGHUP"],
  [130, "SIGINT"],
  [143, "SIGTERM"],
] as const)("%d: the run was stopped by %s", async (code, signal) => {
  const playing = workspace.startPlay("endless.yml");
  await playing.said('"step_started"');
  playing.kill(signal);
  const { exitCode, report } = await playing.ended;
  expect([exitCode, report?.exit_code, report?.status]).toEqual([code, code, "cancelled"]);
});

test("137: the run was killed, as its journal tells", async () => {
  const playing = workspace.startPlay("endless.yml", "--journal", "run.journal");
  await playing.said('"step_started"');
  playing.kill("SIGKILL");
  // There is no code of its own: shells make it of the signal.
  expect((await playing.ended).exitCode).toBeNull();
  const { exitCode, stdout } = await workspace.run("report", "run.journal", "--to", "json");
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ exit_code: 137, status: "cancelled" });
});

test("nothing that was not run has reached the host", async () => {
  const logins = sshd.log().match(/Accepted publickey/g)?.length ?? 0;
  // 0 three times, 1 and 2 three times, 4 and 6 once, the signals four times.
  expect(logins).toBe(12);
});
