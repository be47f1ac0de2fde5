import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";
import type { WrittenStep } from "./written-by-run.ts";

const run = promisify(execFile);
let sshd: Sshd;
let workspace: Workspace;
let played: Played;

const looping = (version: number): string =>
  `f() -> ${version}.\nstart() -> Pid = spawn(fun loop/0), register(looping_${version}, Pid), ${version}.\nloop() -> receive stop -> ok end.`;

/** Replaces the module `swapped` by one that is made on the host. */
const REPLACE = `
          Function = {function, 1, f, 0, [{clause, 1, [], [], [{atom, 1, of_the_host}]}]},
          Forms = [{attribute, 1, module, swapped}, {attribute, 1, export, [{f, 0}]}, Function],
          {ok, swapped, Binary} = compile:forms(Forms),
          {module, swapped} = code:load_binary(swapped, "made_here", Binary),
          swapped:f()`;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd) } } });
  await compile("swapped/ebin", { swapped: "f() -> {ours, below:f()}.", below: "f() -> below." });
  for (const version of [1, 2, 3]) await compile(`v${version}/ebin`, { looping: looping(version) });
  await workspace.write({
    "swap.yml": `
- hosts: one
  modules: swapped/ebin
  steps:
    - { name: First, run: "swapped:f()" }
    - { name: Delete, eval: { erlang: "code:purge(swapped), code:delete(swapped)" } }
    - { name: After it was deleted, run: "swapped:f()" }
    - { name: Missing, run: "swapped:g()", ignore_errors: true }
    - name: Replace
      eval:
        erlang: |${REPLACE}
    - { name: Push what was replaced, push: swapped }
    - { name: After it was replaced, run: "swapped:f()" }
    - { name: Push again, push: swapped }
`,
    "purge.yml": `
- { hosts: one, modules: v1/ebin, steps: [{ name: Start 1, run: "looping:start()" }] }
- { hosts: one, modules: v2/ebin, steps: [{ name: Start 2, run: "looping:start()" }] }
- hosts: one
  modules: v3/ebin
  steps:
    - { name: Soft run, run: "looping:start()", ignore_errors: true }
    - { name: Soft eval, eval: { erlang: "looping:f()" }, ignore_errors: true }
    - { name: Soft push, push: looping, ignore_errors: true }
- { hosts: one, modules: v2/ebin, steps: [{ name: Still version 2, run: "looping:f()" }] }
- hosts: one
  modules: v3/ebin
  steps:
    - { name: Hard run, run: "looping:start()", purge: hard }
    - { name: Who is left, eval: { erlang: "[N || N <- [looping_1, looping_2, looping_3], whereis(N) =/= undefined]" } }
- hosts: one
  modules: v1/ebin
  steps:
    - { name: Hard eval, eval: { erlang: "looping:f()" }, purge: hard }
`,
  });
  const swap = await workspace.play("swap.yml");
  const purge = await workspace.play("purge.yml");
  played = { ...swap, report: { ...swap.report!, plays: [...swap.report!.plays, ...purge.report!.plays] } };
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

function step(name: string): WrittenStep {
  const steps = (played.report?.plays ?? []).flatMap((_, play) => hostReport(played, "one", play).steps);
  const found = steps.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no step ${name}: ${played.stderr}`);
  return found;
}

function pushed(name: string): string[] {
  return step(name)
    .pushed.map(({ module }) => module)
    .toSorted();
}

test("a module that code on the host has deleted is shipped again by the next call, and only that one", () => {
  expect(pushed("First")).toEqual(["below", "swapped"]);
  expect(step("After it was deleted")).toMatchObject({
    status: "ok",
    result: ["ours", "below"],
    attempts: 1,
  });
  expect(pushed("After it was deleted")).toEqual(["swapped"]);
});

test("a function that the module does not have is told as missing, and ships nothing", () => {
  expect(step("Missing")).toMatchObject({ error: { code: "FUNCTION_NOT_FOUND" }, pushed: [] });
});

test("a push brings back what code on the host has replaced, and a second one ships nothing", () => {
  expect(step("Replace").result).toBe("of_the_host");
  expect(pushed("Push what was replaced")).toEqual(["swapped"]);
  expect(step("After it was replaced").result).toEqual(["ours", "below"]);
  expect(pushed("Push again")).toEqual([]);
});

test.each(["Soft run", "Soft eval", "Soft push"])(
  "%s fails with the pid of what runs the old version",
  (name) => {
    expect(step(name)).toMatchObject({ status: "ignored", error: { code: "MODULE_LOAD_FAILED" } });
    expect(step(name).error?.message).toMatch(
      /process <\d+\.\d+\.\d+> still runs the version of looping before the last/,
    );
    expect(step(name).error?.hint).toMatch(/purge: hard/);
  },
);

test("a purge that fails replaces nothing, and what the host has is known afterwards", () => {
  expect(step("Still version 2")).toMatchObject({ status: "ok", result: 2, pushed: [] });
});

test("run and eval purge hard where they say so, and kill only what ran the version that goes", () => {
  expect(step("Hard run")).toMatchObject({ status: "ok", result: 3 });
  expect(step("Who is left").result).toEqual(["looping_2", "looping_3"]);
  expect(step("Hard eval")).toMatchObject({ status: "ok", result: 1 });
});
