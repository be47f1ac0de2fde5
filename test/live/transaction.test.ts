import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";
import type { WrittenStep } from "./written-by-run.ts";

const run = promisify(execFile);
let sshd: Sshd;
let workspace: Workspace;
/** Of one playbook with a play for each question, on hosts of which fewer are worked on at once than there are. */
let played: Played;

const looping = (version: number): string =>
  `f() -> {${version}, below:f()}.\nstart() -> register(looping_${version}, spawn(fun loop/0)), ok.\nloop() -> receive stop -> ok end.`;

/** Calls a module by a name that brings nothing along. */
const LOOK =
  "eval: { erlang: 'M = binary_to_atom(Name), {erlang:module_loaded(M), catch M:f()}', bindings: { Name: looping } }";

const SITE = `
- name: Before
  hosts: all
  modules: v1/ebin
  steps:
    - { name: Version 1, push: looping, transaction: true }
    - { name: Old process, when: host.name == "two", run: "looping:start()" }
- name: Version 2
  hosts: all
  modules: v2/ebin
  steps: [{ name: Push, push: looping }]
- name: Soft
  hosts: all
  modules: v3/ebin
  steps: [{ name: Push, push: looping, transaction: true, ignore_errors: true }]
- name: After soft
  hosts: all
  steps: [{ name: Look, ${LOOK} }]
- name: Hard
  hosts: all
  modules: v3/ebin
  steps:
    - { name: Push, push: looping, transaction: true, purge: hard }
    - { name: Again, push: looping, transaction: true }
    - { name: Look, ${LOOK} }
    - { name: Old process, when: host.name == "two", eval: { erlang: "whereis(looping_1)" } }
- name: Native
  hosts: all
  modules: native/ebin
  steps:
    - { name: Push, push: native, transaction: true, ignore_errors: true }
    - { name: Loaded, eval: { erlang: "[M || M <- Names, erlang:module_loaded(binary_to_atom(M))]", bindings: { Names: [native, native_user] } } }
- name: With one that is down
  hosts: all,down
  modules: v4/ebin
  steps: [{ name: Push, push: looping, transaction: true }]
`;

beforeAll(async () => {
  sshd = await startSshd();
  const host = hostOf(sshd);
  const down = hostOf(sshd, { fusion_port: 1 });
  const groups = { up: { hosts: { one: host, two: host, three: host } }, absent: { hosts: { down } } };
  workspace = await openWorkspace({ all: { children: groups } });
  for (const version of [1, 2, 3, 4]) {
    await compile(`v${version}/ebin`, { looping: looping(version), below: `f() -> ${version}.` });
  }
  await compile("native/ebin", {
    native: "-on_load(start/0).\nf() -> native_user:f().\nstart() -> ok.",
    native_user: "f() -> ok.",
  });
  await workspace.write({
    "site.yml": SITE.replaceAll("hosts: all\n", "hosts: up\n").replace("all,down", "up,down"),
  });
  played = await workspace.play("site.yml", "--concurrency", "1");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** Compiles Erlang modules into a folder of the workspace. */
async function compile(ebin: string, modules: Readonly<Record<string, string>>): Promise<void> {
  const sources = Object.entries(modules).map(([name, body]) => [
    `${ebin}/src/${name}.erl`,
    `-module(${name}).\n-compile([export_all, nowarn_export_all]).\n${body}\n`,
  ]);
  await workspace.write(Object.fromEntries(sources) as Record<string, string>);
  await run("erlc", ["-o", ebin, ...sources.map(([file = ""]) => file)], { cwd: workspace.folder });
}

const HOSTS = ["one", "two", "three"];

function step(play: string, name: string, host: string): WrittenStep {
  const index = played.report?.plays.findIndex((each) => each.name === play) ?? -1;
  const found = hostReport(played, host, index).steps.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no step ${name}: ${played.stderr}`);
  return found;
}

test.each(HOSTS)("a transaction loads the code on %s, with fewer slots than hosts", (host) => {
  const first = step("Before", "Version 1", host);
  expect(first).toMatchObject({ status: "ok", error: null });
  expect(first.pushed.map(({ module }) => module).toSorted()).toEqual(["below", "looping"]);
});

test("a host on which a process runs the old version keeps all from loading", () => {
  const refused = step("Soft", "Push", "two");
  expect(refused).toMatchObject({ status: "ignored", pushed: [], error: { code: "MODULE_LOAD_FAILED" } });
  const why =
    /Cannot load code on two: process <\d+\.\d+\.\d+> still runs the version of looping before the last$/;
  expect(refused.error?.message).toMatch(why);
  for (const host of ["one", "three"]) {
    const aborted = step("Soft", "Push", host);
    expect(aborted).toMatchObject({ status: "ignored", pushed: [], error: { code: "TRANSACTION_ABORTED" } });
    expect(aborted.error?.message).toBe(
      `Cannot load the code on ${host}: not all hosts of the transaction could prepare it: two: ${refused.error?.message}`,
    );
  }
  for (const host of HOSTS) expect(step("After soft", "Look", host).result).toEqual([true, [2, 2]]);
});

test.each(HOSTS)(
  "a transaction that purges hard replaces the code on %s, and a second one ships nothing",
  (host) => {
    expect(step("Hard", "Push", host)).toMatchObject({ status: "ok" });
    expect(step("Hard", "Look", host).result).toEqual([true, [3, 3]]);
    expect(step("Hard", "Again", host)).toMatchObject({ status: "ok", pushed: [] });
    expect(step("Hard", "Old process", "two").result).toBeNull();
  },
);

test.each(HOSTS)(
  "code with an on_load function cannot be part of a transaction: %s loads nothing",
  (host) => {
    expect(step("Native", "Push", host)).toMatchObject({
      status: "ignored",
      pushed: [],
      error: {
        code: "MODULE_LOAD_FAILED",
        message: `Cannot prepare native on ${host}: code with an on_load function runs when it is loaded, and cannot be part of a transaction`,
      },
    });
    expect(step("Native", "Loaded", host).result).toEqual([]);
  },
);

test("a host that is down keeps the others from loading", () => {
  expect(played.exitCode).toBe(6);
  const why = hostReport(played, "down", 6).error?.message;
  for (const host of HOSTS) {
    expect(step("With one that is down", "Push", host).error).toMatchObject({
      code: "TRANSACTION_ABORTED",
      message: `Cannot load the code on ${host}: not all hosts of the transaction could prepare it: down: ${why}`,
    });
  }
});

test("a host that is lost before all have prepared keeps the others from loading", async () => {
  const file = `${workspace.folder}/pid`;
  await workspace.write({
    "lost.yml": `
- hosts: up
  modules: v1/ebin
  steps:
    - { name: Tell, when: host.name == "two", eval: { erlang: 'New = <<File/binary, ".new">>, ok = file:write_file(New, os:getpid()), ok = file:rename(New, File)', bindings: { File: ${file} } } }
    - name: Wait
      when: host.name == "three"
      eval: { erlang: '{ok, Pid} = file:read_file(File), binary_to_list(Pid)', bindings: { File: ${file} } }
      register: pid
      retries: 100
      delay: 100ms
    - { name: Kill, when: host.name == "three", run: 'os:cmd("kill -9 \${{ pid }}")' }
    - { name: Let the loss be noticed, when: host.name == "three", run: "timer:sleep(3000)" }
    - { name: Push, push: looping, transaction: true }
`,
  });
  const lost = await workspace.play("lost.yml");
  expect(lost.exitCode, lost.stderr).toBe(6);
  expect(hostReport(lost, "two")).toMatchObject({ status: "unreachable", error: { code: "NODE_LOST" } });
  for (const host of ["one", "three"]) {
    const { error, pushed } = hostReport(lost, host).steps.at(-1) ?? {};
    expect(pushed).toEqual([]);
    expect(error?.code).toBe("TRANSACTION_ABORTED");
    expect(error?.message).toContain(`two: ${hostReport(lost, "two").error?.message}`);
  }
});
