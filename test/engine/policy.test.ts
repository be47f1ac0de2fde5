import { expect, test } from "vitest";
import { openModuleSource } from "../../src/beam/code-paths.ts";
import type { OwnEffect } from "../../src/engine/code-examination.ts";
import { dryRun } from "../../src/engine/dry-run.ts";
import type { DryRunReport } from "../../src/engine/dry-run-report.ts";
import type { ModuleSource } from "../../src/engine/module-source.ts";
import { Export, type Term } from "../../src/etf/term.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { fakeRun, host, playbookOf } from "./fake-run.ts";

const caller = { module: "shell", name: "run", arity: 1, file: "src/shell.erl", line: 4 };
const SHELL: OwnEffect = {
  effect: "os.cmd",
  called: { module: "os", name: "cmd", arity: 1 },
  callers: [caller],
};

/** `app` needs `shell`, which runs programs; `plain` does nothing of the kind. */
function source(): FakeModuleSource {
  const fake = new FakeModuleSource({ app: ["shell"], shell: [], plain: [] });
  fake.examined["shell"] = { effects: [SHELL, { ...SHELL, effect: "dynamic", called: NOTHING_KNOWN }] };
  return fake;
}

const NOTHING_KNOWN = { module: undefined, name: undefined, arity: 2 };

async function plan(text: string, modules: ModuleSource = source()): Promise<DryRunReport> {
  return dryRun({
    playbooks: [await playbookOf(text)],
    inventory: await loadInventory(["web1,"]),
    openModules: async () => modules,
    signal: new AbortController().signal,
  });
}

const problemsOf = (report: DryRunReport): string[][] =>
  report.plays[0]?.hosts["web1"]?.steps.map(({ problems }) => problems.map(({ message }) => message)) ?? [];

test("a dry run lists the effects of each module, its own and those of what it needs", async () => {
  const report = await plan(`- { hosts: web1, steps: [{ push: [app, plain] }] }`);
  const modules = report.plays[0]?.hosts["web1"]?.steps[0]?.would_push ?? [];
  expect(Object.fromEntries(modules.map(({ module, effects }) => [module, effects]))).toEqual({
    app: ["os.cmd", "dynamic"],
    shell: ["os.cmd", "dynamic"],
    plain: [],
  });
  const own = modules.map(({ module, own_effects: effects }) => [
    module,
    effects.map(({ effect }) => effect),
  ]);
  expect(Object.fromEntries(own)).toEqual({ app: [], shell: ["os.cmd", "dynamic"], plain: [] });
  expect(modules.find(({ module }) => module === "shell")?.own_effects[0]).toEqual({
    effect: "os.cmd",
    called: { module: "os", function: "cmd", arity: 1 },
    callers: [{ module: "shell", function: "run", arity: 1, file: "src/shell.erl", line: 4 }],
  });
  expect(report.exit_code).toBe(0);
});

test("a dry run tells once which module has an effect that the policy denies, and ends with 7", async () => {
  const report = await plan(
    `- { hosts: web1, policy: { deny: [os.cmd, halt, dynamic] }, steps: [{ push: plain }, { push: app }, { push: shell }] }`,
  );
  expect(report).toMatchObject({ status: "problems", exit_code: 7 });
  expect(problemsOf(report)).toEqual([
    [],
    [
      "Cannot ship shell: the play's policy denies os.cmd, and shell:run/1 (src/shell.erl:4) calls os:cmd/1",
      "Cannot ship shell: the play's policy denies dynamic, and shell:run/1 (src/shell.erl:4) calls functions that it chooses at run time",
    ],
    [],
  ]);
  expect(report.plays[0]?.hosts["web1"]?.steps[1]?.problems[0]).toMatchObject({
    code: "POLICY_VIOLATION",
    called: { module: "os", function: "cmd", arity: 1 },
    callers: [{ module: "shell", function: "run" }],
  });
});

test("a policy denies calls of steps as well", async () => {
  const text = `- { hosts: web1, policy: { deny: [os.cmd] }, steps: [{ run: 'os:cmd("ls")' }] }`;
  expect(problemsOf(await plan(text))).toEqual([["Cannot call os:cmd/1: the play's policy denies os.cmd"]]);
  await expect(fakeRun(text, { source: source() })).rejects.toMatchObject({ code: "POLICY_VIOLATION" });
});

test("a policy is asked about modules that arguments name, before any host is connected", async () => {
  const text = `- { hosts: web1, policy: { deny: [os.cmd] }, steps: [{ run: "plain:call(shell, loop, [1])" }] }`;
  expect(problemsOf(await plan(text))).toEqual([[expect.stringContaining("Cannot ship shell: ") as string]]);
  await expect(fakeRun(text, { source: source() })).rejects.toMatchObject({ code: "POLICY_VIOLATION" });
});

test("allow_missing of a policy keeps what is missing out of a dry run, and nothing else", async () => {
  const fake = source();
  const missing = (module: string, name: string) => ({
    called: { module, name, arity: 1 },
    callers: [caller],
    isExpected: false,
    problem: { code: "MODULE_NOT_FOUND" as const, message: `no ${module}:${name}` },
  });
  fake.examined["plain"] = {
    missing: [
      missing("Elixir.Jason", "encode"),
      missing("old", "gone"),
      missing("old", "lost"),
      missing("new", "x"),
    ],
  };
  const policy = "{ allow_missing: [Jason, old:gone/1, 'nobody:go/0'] }";
  const report = await plan(
    `- { hosts: web1, policy: ${policy}, steps: [{ push: plain }, { run: nobody:go() }, { run: nobody:come() }] }`,
    fake,
  );
  expect(problemsOf(report)).toEqual([["no old:lost", "no new:x"], [], ["nobody provides nobody:come/0"]]);
});

test("a run refuses what its policy denies before any host is connected, whether the step would run or not", async () => {
  const steps = "steps: [{ push: plain }, { push: app, when: 'false' }]";
  const denied = fakeRun(`- { hosts: all, policy: { deny: [os.cmd] }, ${steps} }`, { source: source() });
  await expect(denied).rejects.toMatchObject({
    code: "POLICY_VIOLATION",
    message: expect.stringContaining("Cannot ship shell: the play's policy denies os.cmd") as string,
  });
  const { report } = await fakeRun(`- { hosts: all, policy: { deny: [socket] }, ${steps} }`, {
    source: source(),
  });
  expect(report.status).toBe("ok");
});

test("a policy is asked about what a host is sent as it lacks it, also where Erlang and Elixir have it here", async () => {
  const fake = new FakeModuleSource({ app: ["lists"], lists: [] });
  fake.examined["lists"] = { effects: [SHELL] };
  const play = (how: string): string => `- hosts: web1
  policy: { deny: [os.cmd] }
  steps: [{ push: app, ${how} }]`;
  for (const how of ["purge: soft", "transaction: true"]) {
    const { report, nodes } = await fakeRun(play(how), { source: fake, inventory: "web1," });
    expect(report.plays[0]?.hosts["web1"]?.steps[0]).toMatchObject({
      status: "failed",
      error: { code: "POLICY_VIOLATION", message: expect.stringContaining("Cannot ship lists: ") as string },
    });
    expect([nodes.get("web1")?.pushes, nodes.get("web1")?.prepared]).toEqual([[], []]);
  }
});

test("a function of steps fails at the step that ships or calls what its policy denies", async () => {
  const text = `import { play } from "fusion-play";
export default play({
  hosts: "web1",
  policy: { deny: ["os.cmd"] },
  async steps(host) {
    await host.push("plain");
    for (const call of ["plain:go()", "shell:run(1)", "os:cmd(1)"]) {
      await host.run(call).catch((error) => console.error(error.code));
    }
  },
});`;
  const { report, nodes } = await fakeRun(await playbookOf(text, "ts"), {
    source: source(),
    inventory: "web1,",
  });
  const { steps } = report.plays[0]?.hosts["web1"] ?? { steps: [] };
  expect(steps.map(({ status, error }) => [status, error?.code])).toEqual([
    ["ok", undefined],
    ["ok", undefined],
    ["failed", "POLICY_VIOLATION"],
    ["failed", "POLICY_VIOLATION"],
  ]);
  const pushed = nodes.get("web1")?.pushes ?? [];
  expect(pushed.flat()).toEqual(["plain"]);
});

test("a step whose arguments name what its policy denies fails, and is not tried again", async () => {
  const text = `- hosts: web1
  policy: { deny: [os.cmd] }
  vars: { module: !atom shell }
  steps: [{ run: "plain:call(\${{ vars.module }})", retries: 5, delay: 0 }]`;
  const { report } = await fakeRun(text, { source: source(), inventory: "web1," });
  expect(report.plays[0]?.hosts["web1"]?.steps[0]).toMatchObject({
    status: "failed",
    attempts: 1,
    error: { code: "POLICY_VIOLATION" },
  });
});

test("a policy denies funs in arguments of steps, in a list of steps before any host is connected", async () => {
  const real = await openModuleSource({ paths: [], signal: AbortSignal.timeout(60_000) });
  const text = (call: string): string =>
    `- { hosts: web1, policy: { deny: [os.cmd, file_write] }, steps: [{ run: '${call}', loop: [1] }] }`;
  const message = "Cannot call lists:map/2: the play's policy denies os.cmd";
  for (const call of ['lists:map(fun os:cmd/1, ["x"])', "lists:map(fun os:cmd/1, [${{ item }}])"]) {
    expect(problemsOf(await plan(text(call), real))).toEqual([[message]]);
    await expect(fakeRun(text(call), { source: real })).rejects.toMatchObject({ message });
  }
  const removes = text('Enum.map(["x"], &File.rm!/1)');
  expect((await plan(removes, real)).exit_code).toBe(7);
  const harmless = text('Enum.map(["x"], &String.upcase/1)');
  expect((await plan(harmless, real)).exit_code).toBe(0);
});

test("a policy denies funs that only a run shows, in functions of steps and in loops, and calls nothing", async () => {
  const real = await openModuleSource({ paths: [], signal: AbortSignal.timeout(60_000) });
  const options = { source: real, inventory: "web1," };
  const play = `import { atom, elixir, Export, play } from "fusion-play";
export default play({
  hosts: "web1",
  policy: { deny: ["os.cmd"] },
  async steps(host) {
    const cmd = new Export("os", "cmd", 1);
    const run = { module: "lists", function: "map", args: [cmd, ["x"]] };
    const spawn = { module: "proc_lib", function: "spawn", args: [atom("os"), atom("cmd"), [["x"]]] };
    for (const call of [run, spawn]) await host.run(call).catch(() => {});
    await host.eval(elixir\`\${cmd}.("x")\`).catch(() => {});
  },
});`;
  const asFunction = await fakeRun(await playbookOf(play, "ts"), options);
  expect(host(asFunction).steps.map(({ error }) => error?.code)).toEqual([
    "POLICY_VIOLATION",
    "POLICY_VIOLATION",
    "POLICY_VIOLATION",
  ]);
  // A step gives funs, the next one calls them.
  const registered = `- hosts: web1
  policy: { deny: [os.cmd] }
  steps:
    - { run: "plain:funs()", register: found }
    - { run: "lists:map(\${{ item }}, [])", loop: "\${{ found }}" }`;
  const answer = () => (): Term => [new Export("os", "cmd", 1)];
  const inLoop = await fakeRun(registered, { ...options, answer });
  expect(host(inLoop).steps.map(({ error }) => error?.code)).toEqual([undefined, "POLICY_VIOLATION"]);
  const called = [asFunction, inLoop].map(({ nodes }) => nodes.get("web1")?.calls.map((call) => call.module));
  expect(called).toEqual([[], ["plain"]]);
});
