import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { DryRunStep } from "../../src/engine/dry-run-report.ts";
import { leftOn, startedOn } from "./processes.ts";
import { freePort, startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type PlayedDry, type Workspace } from "./workspace.ts";

/** Higher than the opcodes of any OTP. */
const UNKNOWN_OPCODE = 250;

/** What the host has of its own, in a library of its own. */
const ON_HOST = {
  replaced: "-module(replaced).\n-export([version/0]).\nversion() -> old.\n",
  same: "-module(same).\n-export([version/0]).\nversion() -> same.\n",
  host_only: "-module(host_only).\n-export([known/0]).\nknown() -> known.\n",
};

const FILES = {
  "lib/replaced.erl": "-module(replaced).\n-export([version/0]).\nversion() -> new.\n",
  "lib/same.erl": ON_HOST.same,
  "lib/asks_host.erl": `-module(asks_host).
-export([known/0, wrong/0]).
known() -> {host_only:known(), lists:reverse([1, 2])}.
wrong() -> host_only:unknown(old_lib:sweep()).
`,
  "lib/too_new.erl": "-module(too_new).\n-export([one/0]).\none() -> 1.\n",
  "site.yml": `
- name: Compare
  hosts: all
  modules: [ebin]
  steps:
    - { name: Replace, push: [replaced, same] }
    - { name: Replace again, run: "replaced:version()" }
    - { name: Ask, push: asks_host }
    - { name: Call, run: "host_only:known()" }
    - { name: Call what is not there, run: "host_only:unknown(1)" }
    - { name: Newer, push: too_new }
    - { name: Protected, push: lists }
`,
  "fine.yml": `
- hosts: all
  modules: [ebin]
  steps:
    - { name: Before, eval: { erlang: "code:which(binary_to_atom(Name, utf8))", bindings: { Name: replaced } } }
    - { name: Replace, push: [replaced, same] }
    - { name: Version, run: "replaced:version()" }
    - { name: Ask, run: "host_only:known()" }
`,
};

let sshd: Sshd;
let library: string;
let workspace: Workspace;
let offline: PlayedDry;
let connected: PlayedDry;

beforeAll(async () => {
  library = await mkdtemp(join(tmpdir(), "fusion-play-host-"));
  const ebin = join(library, "host_lib-1.0", "ebin");
  await mkdir(ebin, { recursive: true });
  for (const [name, source] of Object.entries(ON_HOST)) await writeFile(join(library, `${name}.erl`), source);
  compile(
    Object.keys(ON_HOST).map((name) => join(library, `${name}.erl`)),
    ebin,
  );
  sshd = await startSshd({ environment: { ERL_LIBS: library } });
  const hosts = {
    one: hostOf(sshd),
    two: hostOf(sshd),
    gone: hostOf(sshd, { fusion_port: await freePort("127.0.0.1") }),
  };
  workspace = await openWorkspace({ all: { hosts } });
  await workspace.write(FILES);
  const hanging = hostOf(sshd, { fusion_erl: join(workspace.folder, "hangs.sh") });
  await workspace.write({
    "hanging.yml": { all: { hosts: { hanging } } },
    "hangs.sh": "#!/bin/sh\nexec sleep 100\n",
  });
  await chmod(join(workspace.folder, "hangs.sh"), 0o755);
  await mkdir(join(workspace.folder, "ebin"));
  const sources = Object.keys(FILES).filter((name) => name.endsWith(".erl"));
  compile(
    sources.map((name) => join(workspace.folder, name)),
    join(workspace.folder, "ebin"),
  );
  const lists = execFileSync("erl", ["-noshell", "-eval", "io:put_chars(code:which(lists)), halt(0)."]);
  await writeFile(join(workspace.folder, "ebin", "lists.beam"), await readFile(lists.toString()));
  await makeTooNew(join(workspace.folder, "ebin", "too_new.beam"));
  offline = await workspace.playDry("site.yml");
  connected = await workspace.playDryConnected("site.yml");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
  await rm(library, { recursive: true });
});

function compile(sources: readonly string[], to: string): void {
  execFileSync("erlc", ["+debug_info", "-o", to, ...sources]);
}

/** Makes a file say that it has an instruction which no OTP knows: the third number of its code. */
async function makeTooNew(file: string): Promise<void> {
  const bytes = await readFile(file);
  const name = bytes.indexOf("Code", 0, "latin1");
  expect(name).toBeGreaterThan(0);
  bytes.writeUInt32BE(UNKNOWN_OPCODE, name + 8 + 8);
  await writeFile(file, bytes);
}

function step(dry: PlayedDry, host: string, name: string): DryRunStep {
  const found = dry.report?.plays[0]?.hosts[host]?.steps.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${host} has no step ${name}: ${dry.stderr}${dry.stdout}`);
  return found;
}

const codes = ({ problems }: DryRunStep): string[] => problems.map(({ code }) => code);

test("a connected dry run says what hosts run, and which host it cannot ask", () => {
  expect(connected.exitCode, connected.stderr).toBe(7);
  expect(connected.report).toMatchObject({ status: "problems", exit_code: 7 });
  const hosts = connected.report?.plays[0]?.hosts ?? {};
  expect(Object.keys(hosts)).toEqual(["one", "two", "gone"]);
  const otp = execFileSync("erl", [
    "-noshell",
    "-eval",
    "io:put_chars(erlang:system_info(otp_release)), halt(0).",
  ]).toString();
  expect(hosts["one"]).toMatchObject({ runtime: { otp }, error: null });
  expect(hosts["one"]?.runtime?.elixir).toMatch(/^\d+\.\d+/);
  expect(hosts["two"]).toEqual(hosts["one"]);
  expect(hosts["gone"]).toMatchObject({ runtime: null, steps: [], problems: [] });
  expect(hosts["gone"]?.error?.code).toMatch(/^SSH_/);
  expect(connected.stdout).toMatch(/^ {2}one, two \(2 hosts, each\)|^ {2}one,two \(2 hosts, each\)/m);
  expect(connected.stdout).toContain(`The host has OTP ${otp}, Elixir `);
  expect(connected.stdout).toMatch(/^ {2}gone: unreachable\n {4}SSH_/m);
  expect(connected.stdout).toContain("3 hosts: ");
  expect(connected.stdout).toContain(", 1 host unreachable");
});

test("a connected dry run says what code of the host would be replaced", () => {
  const file = join(library, "host_lib-1.0", "ebin", "replaced.beam");
  const { would_push: pushed } = step(connected, "one", "Replace");
  const replaces = new Map(pushed.map((module) => [module.module, module.replaces]));
  expect(replaces.get("replaced")).toEqual({ md5: md5Of(file), file });
  // The host has the same in a file, which need not be the one that is shipped, but changes nothing.
  expect(replaces.get("same")).toBeNull();
  expect(step(connected, "one", "Replace again").would_push).toEqual([]);
  expect(connected.stdout).toContain(
    `Replaces: replaced, ${file} of the host, md5 ${md5Of(file).slice(0, 8)}`,
  );
  expect(step(offline, "one", "Replace").would_push[0]).not.toHaveProperty("replaces");
});

test("a connected dry run looks for functions where hosts have them", () => {
  // Without asking, nobody has any of them.
  expect(codes(step(offline, "one", "Ask"))).toEqual(Array(3).fill("MODULE_NOT_FOUND"));
  expect(codes(step(offline, "one", "Call"))).toEqual(["MODULE_NOT_FOUND"]);

  const { problems } = step(connected, "one", "Ask");
  expect(problems.map(({ code, called }) => [code, called])).toEqual([
    ["MODULE_NOT_FOUND", { module: "old_lib", function: "sweep", arity: 0 }],
    ["FUNCTION_NOT_FOUND", { module: "host_only", function: "unknown", arity: 1 }],
  ]);
  for (const { callers } of problems) {
    expect(callers).toMatchObject([{ module: "asks_host", function: "wrong", arity: 0, line: 4 }]);
  }
  expect(codes(step(connected, "one", "Call"))).toEqual([]);
  expect(codes(step(connected, "one", "Call what is not there"))).toEqual(["FUNCTION_NOT_FOUND"]);
});

test("a connected dry run finds modules that the host's OTP cannot load or does not take", () => {
  expect(codes(step(offline, "one", "Newer"))).toEqual([]);
  expect(step(connected, "one", "Newer").problems).toEqual([
    {
      code: "MODULE_TOO_NEW",
      message: expect.stringMatching(/^Cannot load too_new: OTP \d+ is needed, the host has \d+$/),
    },
  ]);
  expect(step(connected, "one", "Protected").problems).toEqual([
    { code: "MODULE_PROTECTED", message: "Cannot push lists: it belongs to the host's OTP" },
  ]);
});

test("a connected dry run leaves nothing on hosts, and a run then does what it said", async () => {
  expect(await leftOn(sshd)).toEqual([]);
  const dry = await workspace.playDryConnected("fine.yml");
  expect(dry.exitCode, dry.stdout).toBe(4);
  expect(dry.report).toMatchObject({ status: "unreachable", exit_code: 4 });
  const played = await workspace.play("fine.yml");
  expect(played.exitCode, played.stderr).toBe(4);
  const { steps } = hostReport(played, "two");
  const replaced = step(dry, "two", "Replace").would_push.find(({ module }) => module === "replaced");
  expect(steps.map(({ status }) => status)).toEqual(["ok", "ok", "ok", "ok"]);
  expect(steps[0]?.result).toBe(replaced?.replaces?.file);
  expect(steps[2]?.result).toBe("new");
  expect(steps[3]?.result).toBe("known");
  const names = (modules: readonly { module: string }[]): string[] => modules.map(({ module }) => module);
  expect(steps.map(({ pushed }) => names(pushed))).toEqual(
    dry.report?.plays[0]?.hosts["two"]?.steps.map(({ would_push: modules }) => names(modules)),
  );
});

test("a connected dry run that is stopped ends with 130 and leaves nothing on hosts", async () => {
  const { ended, kill } = workspace.start("--dry-run=connect", "fine.yml", "-i", "hanging.yml");
  // Its erl is up and says nothing, so the dry run waits for it.
  await vi.waitFor(async () => expect((await startedOn(sshd)).map(({ name }) => name)).toContain("sleep"), {
    timeout: 30_000,
    interval: 100,
  });
  kill("SIGINT");
  const { exitCode, stdout } = await ended;
  expect(exitCode).toBe(130);
  expect(stdout).toBe("");
  expect(await leftOn(sshd)).toEqual([]);
});

test("--dry-run takes connect and nothing else, and no playbook for it", async () => {
  const wrong = await workspace.run("--dry-run=hosts", "fine.yml", "-i", "hosts.yml");
  expect(wrong.exitCode).toBe(3);
  expect(wrong.stderr).toContain('error USAGE: Cannot run with "--dry-run=hosts"');
  expect(wrong.stderr).toContain("--dry-run=connect, which asks the hosts");
  const plain = await workspace.run("--dry-run", "fine.yml", "-i", "hosts.yml", "--output", "ndjson");
  expect(plain.stderr).toBe("");
  expect(plain.exitCode).toBe(7);
  expect(JSON.parse(plain.stdout)).not.toHaveProperty("plays.0.hosts.one.runtime");
  expect(await leftOn(sshd)).toEqual([]);
});

/** The md5 of a module as OTP computes it. */
function md5Of(file: string): string {
  const program = `{ok, {_, Md5}} = beam_lib:md5("${file}"), io:format("~s", [[io_lib:format("~2.16.0b", [B]) || <<B>> <= Md5]]), halt(0).`;
  return execFileSync("erl", ["-noshell", "-eval", program]).toString();
}
