import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Workspace } from "./workspace.ts";

const run = promisify(execFile);
let sshd: Sshd;
let workspace: Workspace;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd), two: hostOf(sshd) } } });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** Compiles Erlang modules into a folder of the workspace. */
async function compile(ebin: string, modules: Readonly<Record<string, string>>): Promise<void> {
  const sources = Object.entries(modules).map(([name, body]) => {
    return [
      `${ebin}/src/${name}.erl`,
      `-module(${name}).\n-compile([export_all, nowarn_export_all]).\n${body}\n`,
    ];
  });
  await workspace.write(Object.fromEntries(sources) as Record<string, string>);
  await run("erlc", ["-o", ebin, ...sources.map(([file = ""]) => file)], { cwd: workspace.folder });
}

/** Changes the chunk `Code` of a module in its place. */
async function changeCode(file: string, change: (chunk: Buffer) => void): Promise<void> {
  const path = join(workspace.folder, file);
  const beam = await readFile(path);
  // FOR1 size BEAM, and then chunks: name, size, data, padding to four bytes.
  for (let at = 12; at < beam.length;) {
    const size = beam.readUInt32BE(at + 4);
    if (beam.toString("latin1", at, at + 4) === "Code") change(beam.subarray(at + 8, at + 8 + size));
    at += 8 + Math.ceil(size / 4) * 4;
  }
  await writeFile(path, beam);
}

test("a module whose code is damaged gives MODULE_LOAD_FAILED, and nothing of its push is loaded", async () => {
  await compile("damaged/ebin", {
    sound_a: "f() -> a.",
    broken: "f() -> {sound_a:f(), sound_b:f()}.",
    sound_b: "f() -> b.",
  });
  const headerBytes = 20;
  await changeCode("damaged/ebin/broken.beam", (chunk) => chunk.fill(0xff, headerBytes, headerBytes + 12));
  await workspace.write({
    "damaged.yml": `
- name: Push
  hosts: all
  modules: damaged/ebin
  steps:
    - { name: Broken, push: broken, ignore_errors: true }
    - { name: Sound, push: sound_b, when: host.name == "two" }
- name: Look
  hosts: all
  steps:
    - { name: Loaded, run: "lists:map(fun erlang:module_loaded/1, [sound_a, broken, sound_b])" }
`,
  });
  const played = await workspace.play("damaged.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  for (const host of ["one", "two"]) {
    const [broken] = hostReport(played, host).steps;
    expect(broken).toMatchObject({ status: "ignored", pushed: [], error: { code: "MODULE_LOAD_FAILED" } });
    expect(broken?.error?.message).toMatch(new RegExp(`Cannot load code on ${host}: .*broken`));
    expect(broken?.error?.hint).toMatch(/OTP/);
  }
  expect(hostReport(played, "one", 1).steps[0]?.result).toEqual([false, false, false]);
  // A push that failed does not count as done: what it would have brought is sent by the next one.
  expect(hostReport(played, "two").steps[1]?.pushed.map(({ module }) => module)).toEqual(["sound_b"]);
  expect(hostReport(played, "two", 1).steps[0]?.result).toEqual([false, false, true]);
});

test("a module compiled for a newer OTP gives MODULE_TOO_NEW before anything is pushed", async () => {
  await compile("new/ebin", { plain: "f() -> modern:f().", modern: "f() -> modern." });
  const opcodeToCome = 250;
  await changeCode("new/ebin/modern.beam", (chunk) => void chunk.writeUInt32BE(opcodeToCome, 8));
  await workspace.write({
    "new.yml": `
- hosts: one
  modules: new/ebin
  steps:
    - { name: Too new, run: "plain:f()", ignore_errors: true }
- hosts: one
  steps:
    - { name: Loaded, run: "lists:map(fun erlang:module_loaded/1, [plain, modern])" }
- hosts: two
  modules: new/ebin
  code_loading: on_demand
  steps:
    - { name: Fetched, run: "plain:f()", ignore_errors: true }
`,
  });
  const played = await workspace.play("new.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  const { steps, runtime, pushed } = hostReport(played, "one");
  expect(steps[0]).toMatchObject({ status: "ignored", pushed: [], error: { code: "MODULE_TOO_NEW" } });
  expect(steps[0]?.error?.message).toMatch(
    new RegExp(`^Cannot push modern to one: it needs OTP \\d+, the host has ${runtime?.otp}$`),
  );
  expect(steps[0]?.error?.hint).toMatch(/Compile it with OTP \d+ or older/);
  expect(pushed.modules).toBe(0);
  expect(played.events.filter(({ type, host }) => type === "module_pushed" && host === "one")).toEqual([]);
  expect(hostReport(played, "one", 1).steps[0]?.result).toEqual([false, false]);
  const [fetched] = hostReport(played, "two", 2).steps;
  expect(fetched).toMatchObject({ status: "ignored", error: { code: "MODULE_TOO_NEW" } });
  expect(fetched?.pushed.map(({ module }) => module)).toEqual(["plain"]);
});

test("a module with an on_load function is loaded and its function has run; one that fails is told", async () => {
  await compile("on-load/ebin", {
    on_load_ok:
      "-on_load(start/0).\nstart() -> persistent_term:put(on_load_ok, on_load_dep:value()).\nf() -> ok.",
    on_load_dep: "value() -> was_run.",
    on_load_bad: "-on_load(start/0).\nstart() -> refused.\nf() -> ok.",
    on_load_nif: '-on_load(start/0).\nstart() -> erlang:load_nif("/nowhere/nif", 0).\nf() -> ok.',
    on_load_crash: "-on_load(start/0).\nstart() -> lists:nth(2, [a]).\nf() -> ok.",
    on_load_both: "f() -> {on_load_ok:f(), on_load_bad:f()}.",
  });
  await workspace.write({
    "on-load.yml": `
- hosts: one
  modules: on-load/ebin
  steps:
    - { name: Good, run: "on_load_ok:f()" }
    - { name: It ran, run: "persistent_term:get(on_load_ok)" }
    - { name: Bad, run: "on_load_bad:f()", ignore_errors: true }
    - { name: NIF, run: "on_load_nif:f()", ignore_errors: true }
    - { name: Crash, run: "on_load_crash:f()", ignore_errors: true }
    - { name: Both, run: "on_load_both:f()", ignore_errors: true }
    - { name: Plain, run: "on_load_dep:value()" }
`,
  });
  const played = await workspace.play("on-load.yml");
  const [good, ran, bad, nif, crash, both, plain] = hostReport(played, "one").steps;
  expect(good).toMatchObject({ status: "ok", result: "ok" });
  expect(good?.pushed.map(({ module }) => module).toSorted()).toEqual(["on_load_dep", "on_load_ok"]);
  expect(ran?.result).toBe("was_run");
  expect(bad).toMatchObject({ status: "ignored", error: { code: "MODULE_LOAD_FAILED" } });
  expect(bad?.error?.message).toBe(
    "Cannot load code on one: the on_load function of on_load_bad gave refused",
  );
  expect(bad?.error?.hint).toContain("push: { app: … }");
  expect(nif?.error?.message).toMatch(
    /the on_load function of on_load_nif gave \{error,\s*\{load_failed,\s*".*\/nowhere\/nif\.so: .*No such file/,
  );
  expect(crash?.error?.message).toMatch(/the on_load function of on_load_crash crashed: function_clause$/);
  // What was loaded before the one that failed is not sent again, and what failed does not count as loaded.
  expect(both).toMatchObject({ status: "ignored", pushed: [], error: { code: "MODULE_LOAD_FAILED" } });
  expect(plain).toMatchObject({ status: "ok", result: "was_run", pushed: [] });
});

test("a version that a process still runs is not purged from under it", async () => {
  const versions = [1, 2, 3, 4];
  for (const version of versions) {
    await compile(`v${version}/ebin`, {
      looping: `start() -> register(looping_${version}, spawn(fun loop/0)), ${version}.\nloop() -> receive stop -> ok end.`,
    });
  }
  const plays = versions.map(
    (version) => `
- name: Version ${version}
  hosts: one
  modules: v${version}/ebin
  steps:
    - { name: Start, run: "looping:start()", ignore_errors: true }
`,
  );
  await workspace.write({
    "versions.yml": `${plays.slice(0, 3).join("")}
- name: Stop the oldest
  hosts: one
  steps: [{ name: Kill, eval: { erlang: "exit(whereis(looping_1), kill), timer:sleep(50)" } }]
${plays[3]}
- name: Purge hard
  hosts: one
  modules: v1/ebin
  steps:
    - { name: Push, push: looping, purge: hard }
    - { name: Who is left, eval: { erlang: "[Name || Name <- [looping_2, looping_4], whereis(Name) =/= undefined]" } }
`,
  });
  const played = await workspace.play("versions.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  const start = (play: number): unknown => hostReport(played, "one", play).steps[0];
  expect(start(0)).toMatchObject({ status: "ok", result: 1 });
  expect(start(1)).toMatchObject({ status: "ok", result: 2 });
  // The host keeps two versions of a module: for the third the first one has to go.
  expect(start(2)).toMatchObject({ status: "ignored", error: { code: "MODULE_LOAD_FAILED" } });
  expect(hostReport(played, "one", 2).steps[0]?.error?.message).toMatch(
    /Cannot load code on one: process <\d+\.\d+\.\d+> still runs the version of looping before the last/,
  );
  expect(start(4)).toMatchObject({ status: "ok", result: 4 });
  expect(start(5)).toMatchObject({ status: "ok" });
  // The process of version 2 is gone with its code; that of version 4 runs what is now the old version.
  expect(hostReport(played, "one", 5).steps[1]?.result).toEqual(["looping_4"]);
});

test("a changed file is shipped again by the next run, and an unchanged one too, as nothing stays on the host", async () => {
  await compile("changing/ebin", { changing: "f() -> before.", steady: "f() -> changing:f()." });
  await workspace.write({
    "changing.yml": "- hosts: all\n  modules: changing/ebin\n  steps: [{ name: Call, run: 'steady:f()' }]\n",
  });
  const before = await workspace.play("changing.yml");
  await compile("changing/ebin", { changing: "f() -> afterwards." });
  const after = await workspace.play("changing.yml");
  for (const host of ["one", "two"]) {
    const [first] = hostReport(before, host).steps;
    const [second] = hostReport(after, host).steps;
    expect([first?.result, second?.result]).toEqual(["before", "afterwards"]);
    const md5 = (step: typeof first, name: string): string | undefined =>
      step?.pushed.find(({ module }) => module === name)?.md5;
    expect(md5(second, "changing")).not.toBe(md5(first, "changing"));
    expect(md5(second, "steady")).toBe(md5(first, "steady"));
    expect(md5(second, "steady")).toBeDefined();
  }
});

test("a hundred modules go in one push", async () => {
  const count = 100;
  const names = Array.from({ length: count }, (_, index) => `chain_${index}`);
  const modules = names.map((name, index) => {
    const next = names[index + 1];
    return [name, next === undefined ? "depth() -> 1." : `depth() -> 1 + ${next}:depth().`];
  });
  await compile("hundred/ebin", Object.fromEntries(modules) as Record<string, string>);
  await workspace.write({
    "hundred.yml":
      "- hosts: all\n  modules: hundred/ebin\n  steps: [{ name: Depth, run: 'chain_0:depth()' }]\n",
  });
  const played = await workspace.play("hundred.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  for (const host of ["one", "two"]) {
    const { steps, pushed } = hostReport(played, host);
    expect(steps[0]).toMatchObject({ status: "ok", result: count });
    expect(steps[0]?.pushed).toHaveLength(count);
    expect(pushed.modules).toBe(count);
  }
});
