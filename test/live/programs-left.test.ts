import { mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { leftOn, startedOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, openWorkspace, type Playing, type Workspace } from "./workspace.ts";

/** How long a program may stay that does not end when it is told to. */
const PATIENCE_MS = 8000;
let sshd: Sshd;
let workspace: Workspace;
/** The temporary folder of the sessions. */
let temporary: string;

beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), "fusion-play-hosts-"));
  sshd = await startSshd({ environment: { TMPDIR: temporary } });
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd) } } });
  await workspace.write({
    "lib/noted/ebin/noted.app": `{application, noted, [{vsn, "1"}, {modules, []}, {applications, [kernel]}]}.\n`,
    "lib/noted/priv/any.txt": "any\n",
    "keeps.erl": `
-module(keeps).
-export([program/1]).

%% What an application would do: its processes have a group leader of the node.
program(Command) ->
    spawn(fun() ->
        group_leader(whereis(init), self()),
        open_port({spawn, Command}, []),
        receive after infinity -> ok end
    end),
    started.
`,
  });
});

afterEach(async () => {
  // Nothing of a test that fails shall fail the next one.
  for (const { pid } of await sleeps()) process.kill(pid, "SIGKILL");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
  rmSync(temporary, { recursive: true, force: true });
});

async function sleeps(): Promise<{ pid: number; seconds: number }[]> {
  return (await startedOn(sshd)).flatMap(({ pid, name, visible }) => {
    const [, seconds] = /\bsleep (\d{4}) /.exec(visible) ?? [];
    return name !== "sleep" || seconds === undefined ? [] : [{ pid, seconds: Number(seconds) }];
  });
}

async function running(): Promise<number[]> {
  return (await sleeps()).map(({ seconds }) => seconds).toSorted((one, other) => one - other);
}

/** Starts steps after which the run waits for ever, and waits until it does. */
async function startSteps(name: string, steps: string): Promise<Playing> {
  const last = `
    - name: Wait
      eval: { erlang: 'io:format("~s~n", [waiting]), timer:sleep(infinity)' }`;
  await workspace.write({
    [name]: `- hosts: all\n  gather_facts: false\n  modules: [keeps.erl, "lib/*/ebin"]\n  steps:${steps}${last}\n`,
  });
  const playing = workspace.startPlay(name);
  await playing.said(String.raw`waiting\n`);
  return playing;
}

test("the programs of a call end when its time is over, and those that it left behind stay", async () => {
  const attempts = join(workspace.folder, "attempts");
  const playing = await startSteps(
    "late.yml",
    `
    - { name: Late, run: 'os:cmd("sleep 4401")', timeout: 1s, ignore_errors: true }
    - { name: Linked, eval: { erlang: 'spawn_link(fun() -> os:cmd("sleep 4402") end), timer:sleep(infinity)' }, timeout: 1s, ignore_errors: true }
    - { name: Again, run: 'os:cmd("echo attempt >>${attempts}; sleep 4403")', timeout: 1s, retries: 2, delay: 100ms, ignore_errors: true }
    - { name: Loop, run: 'os:cmd("\${{ item }}")', loop: [sleep 4404, sleep 0.7, sleep 0.8; echo well, sleep 4405], loop_control: { parallel: 2 }, timeout: 1s, ignore_errors: true }
    - { name: Stubborn, run: 'os:cmd("trap '''' TERM; sleep 4406; sleep 4407")', timeout: 1s, ignore_errors: true }
    - { name: Daemon, run: 'os:cmd("sleep 4408 >/dev/null 2>&1 &")' }
    - { name: Left, eval: { erlang: 'os:cmd("setsid sleep 4409 >/dev/null 2>&1 &"), timer:sleep(infinity)' }, timeout: 1s, ignore_errors: true }
    - { name: Kept, run: 'keeps:program("sleep 4410")' }`,
  );
  expect((await readFile(attempts, "utf8")).split("\n")).toHaveLength(4);
  await expect.poll(running, { timeout: PATIENCE_MS }).toEqual([4408, 4409, 4410]);
  playing.kill("SIGINT");
  const { report } = await playing.ended;
  const { steps = [] } = report?.plays[0]?.hosts["one"] ?? {};
  expect(Object.fromEntries(steps.map(({ name, error }) => [name, error?.code]))).toEqual({
    Late: "TIMEOUT",
    Linked: "TIMEOUT",
    Again: "TIMEOUT",
    Loop: "TIMEOUT",
    Stubborn: "TIMEOUT",
    Daemon: undefined,
    Left: "TIMEOUT",
    Kept: undefined,
    Wait: "CANCELLED",
  });
  // One was late while another one ran beside it, which has the same group leader.
  expect(steps[3]?.result).toEqual([null, [], "well\n", null]);
  await expect.poll(running, { timeout: PATIENCE_MS }).toEqual([4408, 4409]);
  for (const { pid } of await sleeps()) process.kill(pid);
  expect(await leftOn(sshd)).toEqual([]);
});

const PROGRAMS = `
    - { name: Folder, push: { app: noted } }
    - { name: Kept, run: 'keeps:program("sleep 4420")' }
    - { name: Stubborn, run: 'keeps:program("/bin/sh -c \\"trap '''' TERM; sleep 4421; sleep 4422\\"")' }
    - name: Mid-call
      eval: { erlang: 'spawn(fun() -> os:cmd("sleep 4423") end), timer:sleep(300)' }`;

test.each(["SIGINT", "SIGKILL"] as const)("%s of the controller ends what the steps run", async (signal) => {
  const playing = await startSteps("stopped.yml", PROGRAMS);
  expect(await running()).toEqual([4420, 4421, 4423]);
  playing.kill(signal);
  await playing.ended;
  expect(await leftOn(sshd)).toEqual([]);
  expect(await readdir(temporary)).toEqual([]);
});

test("a run that ends well ends what its steps run", async () => {
  await workspace.write({
    "well.yml": `- hosts: all\n  modules: [keeps.erl, "lib/*/ebin"]\n  steps:${PROGRAMS}\n`,
  });
  const played = await workspace.play("well.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  expect(await leftOn(sshd, PATIENCE_MS)).toEqual([]);
  expect(await readdir(temporary)).toEqual([]);
});

test("a run that keeps its sessions ends what its processes run, and the end of the session the rest", async () => {
  await workspace.write({
    "kept.yml": `- hosts: all\n  modules: [keeps.erl, "lib/*/ebin"]\n  steps:${PROGRAMS}\n`,
  });
  const played = await workspace.play("kept.yml", "--keep", "10m");
  expect(played.exitCode, played.stderr).toBe(0);
  await expect.poll(running, { timeout: PATIENCE_MS }).toEqual([4420, 4421]);
  expect((await workspace.run("sessions", "stop")).exitCode).toBe(0);
  expect(await leftOn(sshd, PATIENCE_MS)).toEqual([]);
});
