import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { canMakeUsers } from "../ssh/password-user.ts";
import { agentsOf, listed, nothingLeft } from "./held-by-workspace.ts";
import { leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, PACKAGE, type Played, type Workspace } from "./workspace.ts";

const ALSO = canMakeUsers ? ["other"] : [];
let bastion: Sshd;
let sshd: Sshd;
let work: Workspace;

beforeAll(async () => {
  [bastion, sshd] = await Promise.all([startSshd(), startSshd()]);
});

afterAll(async () => {
  await Promise.all([bastion.stop(), sshd.stop()]);
});

afterEach(async () => {
  await work.run("sessions", "stop");
  try {
    await nothingLeft(work, sshd);
    expect(await leftOn(bastion)).toEqual([]);
  } finally {
    await work[Symbol.asyncDispose]();
  }
});

const loginsAt = (server: Sshd): number => server.log().split("Accepted publickey").length - 1;

const versioned = (version: number): string =>
  `-module(versioned).\n-export([f/0]).\nf() -> {${version}, os:getpid(), string:trim(os:cmd("id -un"))}.\n`;

test("hosts behind a bastion are held, one of them as another user, and take the next version in a transaction", async () => {
  const behind = hostOf(sshd, { fusion_jump: "bastion" });
  const asOther = { ...behind, fusion_become: true, fusion_become_user: "nobody" };
  const others = Object.fromEntries(ALSO.map((name) => [name, asOther]));
  work = await openWorkspace({
    all: {
      hosts: { bastion: hostOf(bastion) },
      children: { web: { hosts: { web1: behind, web2: behind, ...others } } },
    },
  });
  const play = async (version: number): Promise<Played> => {
    await work.write({
      "lib/versioned.erl": versioned(version),
      "site.yml": `
- hosts: web
  modules: [lib/versioned.erl]
  steps:
    - { push: versioned, transaction: true }
    - { run: "versioned:f()" }
`,
    });
    return work.play("site.yml", "--keep", "10m");
  };
  const hosts = ["web1", "web2", ...ALSO];
  const resultsOf = (played: Played): unknown[][] =>
    hosts.map((host) => hostReport(played, host).steps.at(-1)?.result as unknown[]);

  const first = await play(1);
  expect([first.exitCode, first.stderr]).toEqual([0, ""]);
  const logins = [loginsAt(bastion), loginsAt(sshd)];
  const second = await play(2);
  expect([second.exitCode, second.stderr]).toEqual([0, ""]);
  expect([loginsAt(bastion), loginsAt(sshd)]).toEqual(logins);
  const [before, after] = [resultsOf(first), resultsOf(second)];
  expect(after).toEqual(before.map(([, ...rest]) => [2, ...rest]));
  expect(before.map(([version]) => version)).toEqual(hosts.map(() => 1));
  const users = [sshd.user, sshd.user, ...ALSO.map(() => "nobody")];
  expect(after.map(([, , user]) => user)).toEqual(users);
});

test("a host behind a ProxyCommand, which the user's shell runs, is held", async () => {
  work = await openWorkspace(
    { all: { hosts: { web1: hostOf(sshd, { fusion_host: "proxied" }) } } },
    { launcher: ["env", "SHELL=/bin/bash"] },
  );
  await work.write({
    "proxy.mjs": `
import { connect } from "node:net";
const [, , bash, address, port] = process.argv;
if (bash === "") throw new Error("another shell");
process.stdin.pipe(connect(Number(port), address)).pipe(process.stdout);
`,
    "home/.ssh/config": `
Host proxied
  HostName ${sshd.address}
  ProxyCommand ${process.execPath} ${work.folder}/proxy.mjs "$BASH_VERSION" %h %p
`,
  });
  const call = (...args: string[]): ReturnType<Workspace["run"]> =>
    work.run("call", "web1", "os:getpid()", "-i", "hosts.yml", ...args);
  const held = await call("--keep", "10m");
  expect([held.exitCode, held.stderr]).toEqual([0, ""]);
  expect((await call()).stdout).toContain("held session");
});

test("runs that start at once, where a process that held sessions was killed, start one that serves all", async () => {
  const names = ["web1", "web2", "web3", "web4"];
  work = await openWorkspace({
    all: { hosts: Object.fromEntries(names.map((name) => [name, hostOf(sshd)])) },
  });
  const call = (name: string): ReturnType<Workspace["run"]> =>
    work.run("call", name, "os:getpid()", "-i", "hosts.yml", "--keep", "10m");
  expect((await call("web1")).exitCode).toBe(0);
  const [killed] = await agentsOf(work);
  process.kill(killed as number, "SIGKILL");
  expect(await leftOn(sshd)).toEqual([]);
  const ended = await Promise.all(names.map(call));
  expect(ended.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(names.map(() => [0, ""]));
  expect(await agentsOf(work)).toHaveLength(1);
  expect((await listed(work)).map(({ host }) => host).toSorted()).toEqual(names);
});

test("a program holds sessions, which the command line uses, and the other way round", async () => {
  work = await openWorkspace({ all: { hosts: { web1: hostOf(sshd) } } });
  await work.write({
    "pid.yml": "- { hosts: all, steps: [{ run: 'os:getpid()' }] }\n",
    "on-demand.yml": "- { hosts: all, code_loading: on_demand, steps: [{ run: 'os:getpid()' }] }\n",
    "play.mjs": `
import { run } from ${JSON.stringify(PACKAGE)};
const warnings = [];
const play = async (options, playbook = "pid.yml") => {
  const onWarning = (text) => warnings.push(text);
  const { plays } = await run({ playbooks: [playbook], inventory: ["hosts.yml"], onWarning, ...options });
  return String.fromCharCode(...plays[0].hosts.web1.steps[0].result);
};
const pids = [await play({ keepMs: 600_000 }), await play({}), await play({ fresh: true })];
await play({ keepMs: 600_000 }, "on-demand.yml");
const refused = await play({ keepMs: 10 }).catch(({ code }) => code);
console.log(JSON.stringify({ pids, warnings, refused }));
`,
  });
  const { stdout, stderr, exitCode } = await work.script("play.mjs");
  expect([exitCode, stderr]).toEqual([0, ""]);
  const told = JSON.parse(stdout) as { pids: string[]; warnings: string[]; refused: string };
  const [held, again, fresh] = told.pids;
  expect(again).toBe(held);
  expect(fresh).not.toBe(held);
  expect(told.warnings).toEqual(["the session of web1 is not kept: its code is fetched on demand"]);
  expect(told.refused).toBe("USAGE");
  const called = await work.run("call", "web1", "os:getpid()", "-i", "hosts.yml");
  expect(called.stdout).toContain(`"${held}"`);
  expect(await listed(work)).toMatchObject([{ host: "web1", pid: Number(held), in_use: false }]);
});
