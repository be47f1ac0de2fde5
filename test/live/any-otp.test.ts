import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOST_ROOT, inRoot, ROOT_MOUNT, startSshd, type Sshd } from "./sshd.ts";
import { leftOn } from "./processes.ts";
import { hostOf, hostReport, openWorkspace, outputOf, type Played, type Workspace } from "./workspace.ts";
import type { WrittenStep } from "./written-by-run.ts";

/**
 * What must hold on every release of OTP and of Node.js: `npm run test:matrix` runs this file with others than
 * those that are installed. So its modules are compiled by the OTP of the hosts.
 */
const MODULES: Readonly<Record<string, string>> = {
  shipped: `
-module(shipped).
-export([sum/1, echo/1, print/1, fail/0, hang/0, priv/0]).
sum(List) -> helper:add(List).
echo(Term) -> Term.
print(Text) -> io:format("~ts~n", [Text]), spawn(fun() -> io:put_chars("from another\\n") end), ok.
fail() -> erlang:error({sick, <<"why">>}).
hang() -> timer:sleep(infinity).
priv() -> filelib:is_file(filename:join(code:priv_dir(my_app), "text")).
`,
  helper: "-module(helper).\n-export([add/1]).\nadd(List) -> lists:sum(List).\n",
  loads: `
-module(loads).
-export([loaded/0]).
-on_load(load/0).
load() -> persistent_term:put(loads, true).
loaded() -> persistent_term:get(loads, false).
`,
  swapped: "-module(swapped).\n-export([version/0]).\nversion() -> 1.\n",
};

let sshd: Sshd;
let workspace: Workspace;
let played: Played;
let fetched: Played;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({
    all: { hosts: { one: hostOf(sshd), two: hostOf(sshd, { fusion_transport: "stdio" }) } },
  });
  await compile(MODULES, "ebin");
  await compile({ swapped: (MODULES["swapped"] ?? "").replace("-> 1", "-> 2") }, "newer");
  await mkdir(join(workspace.folder, "lib/my_app/ebin"), { recursive: true });
  await mkdir(join(workspace.folder, "lib/my_app/priv"), { recursive: true });
  await writeFile(join(workspace.folder, "lib/my_app/priv/text"), "of the application");
  await workspace.write({
    "lib/my_app/ebin/my_app.app":
      '{application, my_app, [{vsn, "1.2.3"}, {modules, []}, {applications, [kernel, stdlib]}]}.\n',
    "site.yml": `
- hosts: all
  modules: [ebin, lib/my_app/ebin]
  gather_facts: true
  steps:
    - { name: Push, push: [shipped, loads, swapped], transaction: false }
    - { name: Sum, run: "shipped:sum([1, 2, 3])" }
    - { name: Terms, run: 'shipped:echo({a, "text", <<"binär"/utf8>>, 1.5, 123456789012345678901234567890, #{k => [v]}, []})' }
    - { name: Print, run: 'shipped:print(<<"gedruckt: ä"/utf8>>)' }
    - { name: Fail, run: "shipped:fail()", ignore_errors: true }
    - { name: Undefined, run: "shipped:nothing()", ignore_errors: true }
    - { name: Late, run: "shipped:hang()", timeout: 1s, ignore_errors: true }
    - { name: Loaded, run: "loads:loaded()" }
    - { name: Loop, run: "shipped:sum([\${{ item }}, 1])", loop: [1, 2, 3], loop_control: { parallel: 2 } }
    - { name: Application, push: { app: my_app } }
    - { name: Priv, run: "shipped:priv()" }
    - { name: Elixir, run: 'String.upcase("straße")' }
    - { name: Facts, assert: facts.os.type == "linux" && facts.memory.total > 0 }
- hosts: all
  modules: [newer]
  steps:
    - { name: Swap, push: swapped, transaction: true }
    - { name: Swapped, run: "swapped:version()" }
`,
    "on-demand.yml": `
- hosts: one
  modules: [ebin]
  code_loading: on_demand
  steps: [{ name: Sum, run: "shipped:sum([20, 22])" }]
`,
  });
  played = await workspace.play("site.yml");
  fetched = await workspace.play("on-demand.yml");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** Compiles Erlang with the compiler of the hosts. */
async function compile(sources: Readonly<Record<string, string>>, into: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "otp-"));
  const names = Object.keys(sources).map((name) => `${name}.erl`);
  for (const [name, text] of Object.entries(sources)) await writeFile(join(folder, `${name}.erl`), text);
  const command = ["/bin/sh", "-c", `cd ${folder} && exec erlc +debug_info ${names.join(" ")}`];
  const inside = HOST_ROOT === undefined ? [] : [...inRoot(HOST_ROOT), "chroot", ROOT_MOUNT];
  const [program = "", ...args] = [...inside, ...command];
  execFileSync(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  await mkdir(join(workspace.folder, into), { recursive: true });
  for (const name of Object.keys(sources)) {
    await cp(join(folder, `${name}.beam`), join(workspace.folder, into, `${name}.beam`));
  }
  await rm(folder, { recursive: true });
}

function step(host: string, name: string, play = 0): WrittenStep {
  const found = hostReport(played, host, play).steps.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${host} has no step ${name}: ${played.stderr}${played.stdout}`);
  return found;
}

test("a playbook ends ok on hosts of any release", () => {
  expect(played.exitCode, played.stderr + played.stdout).toBe(0);
  expect(fetched.exitCode, fetched.stderr + fetched.stdout).toBe(0);
  const { runtime } = hostReport(played, "one");
  const expected = process.env["FUSION_TEST_OTP"];
  if (expected !== undefined) expect(runtime?.otp).toBe(expected);
  expect(["one", "two"].map((host) => hostReport(played, host).transport)).toEqual(["tunnels", "stdio"]);
});

test.each(["one", "two"])("%s runs shipped code, and gives terms as they are", (host) => {
  expect(step(host, "Sum").result).toBe(6);
  expect(step(host, "Terms").result).toEqual([
    "a",
    "text",
    "binär",
    1.5,
    "123456789012345678901234567890",
    { k: ["v"] },
    [],
  ]);
  expect(step(host, "Loaded").result).toBe(true);
  expect(step(host, "Loop").result).toEqual([2, 3, 4]);
});

test.each(["one", "two"])("%s tells what is printed, what fails and what is late", (host) => {
  expect(outputOf(played, host, "Print")).toContain("gedruckt: ä\n");
  expect(step(host, "Fail").error).toMatchObject({
    code: "REMOTE_EXCEPTION",
    class: "error",
    reason: expect.stringContaining("sick"),
  });
  expect(step(host, "Fail").error?.stacktrace?.[0]).toBe("shipped.erl:7: shipped:fail/0");
  expect(step(host, "Undefined").error).toMatchObject({ code: "FUNCTION_NOT_FOUND" });
  expect(step(host, "Late").error).toMatchObject({ code: "TIMEOUT" });
});

test.each(["one", "two"])(
  "%s has applications with their files, Elixir, and new versions of modules",
  (host) => {
    expect(step(host, "Priv").result).toBe(true);
    expect(step(host, "Elixir").result).toBe("STRASSE");
    expect(step(host, "Swapped", 1).result).toBe(2);
  },
);

test("a host fetches code on demand", () => {
  expect(hostReport(fetched, "one").steps[0]?.result).toBe(42);
});

test("nothing is left on hosts of any release", async () => {
  expect(await leftOn(sshd)).toEqual([]);
});
