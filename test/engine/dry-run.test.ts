import { expect, test } from "vitest";
import type { Caller, MissingCall } from "../../src/engine/code-examination.ts";
import { dryRun } from "../../src/engine/dry-run.ts";
import type { DryRunReport } from "../../src/engine/dry-run-report.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { playbookOf } from "./fake-run.ts";

const MODULES = {
  "Elixir.App": ["Elixir.Dep"],
  "Elixir.Dep": [],
  other: ["Elixir.Dep"],
  release: ["lists"],
  lists: [],
};

async function plan(
  text: string,
  extension = "yml",
  source = new FakeModuleSource(MODULES),
): Promise<DryRunReport> {
  return dryRun({
    playbooks: [await playbookOf(text, extension)],
    inventory: await loadInventory(["web1,web2,"]),
    openModules: async () => source,
    signal: new AbortController().signal,
  });
}

const shipped = (report: DryRunReport, play = 0, host = "web1"): string[][] =>
  report.plays[play]?.hosts[host]?.steps.map(({ would_push: modules }) =>
    modules.map(({ module }) => module),
  ) ?? [];

test("dryRun() lists what each step would ship, each module once a host, also over plays", async () => {
  const report = await plan(`
- { name: P, hosts: web1, steps: [{ name: A, push: App }, { name: B, run: "App.go()" }, { name: C, run: "other:go()" }] }
- { name: Q, hosts: all, steps: [{ name: D, push: other }] }
`);
  expect(report).toMatchObject({ status: "ok", exit_code: 0 });
  expect(shipped(report)).toEqual([["Elixir.Dep", "Elixir.App"], [], ["other"]]);
  expect(report.plays[0]?.hosts["web1"]?.totals).toEqual({ modules: 3, bytes: 25, files: 0, file_bytes: 0 });
  expect(report.plays[0]?.hosts["web1"]?.steps[0]?.would_push[0]).toEqual({
    module: "Elixir.Dep",
    bytes: 10,
    md5: Buffer.from("Elixir.Dep").toString("hex").padEnd(32, "0"),
    needed_by: "Elixir.App",
    reason: { type: "atom", where: "code" },
    elixir: null,
    file: "lib/Elixir.Dep.beam",
    effects: [],
    own_effects: [],
  });
  expect(shipped(report, 1, "web1")).toEqual([[]]);
  expect(shipped(report, 1, "web2")).toEqual([["Elixir.Dep", "other"]]);
});

test("dryRun() lists modules that arguments name, beside values that only a run shows", async () => {
  const report = await plan(
    `
hosts: web1
vars: { x: 1 }
steps:
  - run: "timer:apply_after(1, other, loop, [\${{ vars.x }}])"
  - run: "sup:start(\${{ vars.x }}, #{id => {\${{ vars.x }}, [m, n | \${{ vars.x }}]}})"
  - run: { module: sup, function: go, args: ["\${{ vars.x }}", !tuple [!atom k, 2]] }
  - eval: { erlang: "M:f(X)", bindings: { M: !atom e, X: "\${{ vars.x }}" } }
  - wait_for: { run: "lists:member(w, [])", until: "true" }
  - run: "m:f('o\${{ vars.x }}', <<\${{ vars.x }}>>, [o])"
`,
    "yml",
    new FakeModuleSource({ ...MODULES, sup: [], m: [], n: [], k: [], e: [], w: [], o: [], timer: [] }),
  );
  expect(shipped(report)).toEqual([
    ["Elixir.Dep", "other", "timer"],
    ["m", "n", "sup"],
    ["k"],
    ["e", "inline_1"],
    ["w"],
    ["o"],
  ]);
});

test("dryRun() says that what hosts fetch is not known, and lists what is shipped all the same", async () => {
  const steps = `steps: [{ name: A, push: App }, { name: B, run: "other:go()", when: vars.x }]`;
  const report = await plan(`
- { name: P, hosts: web1, code_loading: on_demand, vars: { x: true }, ${steps} }
- { name: Q, hosts: web2, code_loading: closure+on_demand, vars: { x: true }, ${steps} }
`);
  const unknown = (play: number, name: string): unknown =>
    report.plays[play]?.hosts[name]?.steps.map((step) => step.unknown);
  expect(shipped(report)).toEqual([["Elixir.Dep", "Elixir.App"], []]);
  expect(unknown(0, "web1")).toEqual([
    undefined,
    "whether it runs: when vars.x; which modules the host fetches",
  ]);
  expect(report.plays[0]?.hosts["web1"]?.steps.map(({ fetches }) => fetches)).toEqual([undefined, true]);
  expect(shipped(report, 1, "web2")).toEqual([["Elixir.Dep", "Elixir.App"], ["other"]]);
  expect(unknown(1, "web2")).toEqual([
    undefined,
    "whether it runs: when vars.x; which modules the host fetches besides",
  ]);
});

test("dryRun() tells modules and functions that would be missing, and ends with 7", async () => {
  const report = await plan(
    `- { name: P, hosts: all, steps: [{ name: A, push: Nowhere }, { name: B, run: "nobody:go(1)" }, { name: C, run: "erlang:node()" }] }`,
  );
  expect(report).toMatchObject({ status: "problems", exit_code: 7 });
  const steps = report.plays[0]?.hosts["web1"]?.steps ?? [];
  expect(steps.map(({ problems }) => problems.map(({ code }) => code))).toEqual([
    ["MODULE_NOT_FOUND"],
    ["MODULE_NOT_FOUND"],
    [],
  ]);
  expect(steps[1]?.problems[0]?.message).toContain("nobody:go/1");
  // Those of a host are the ones of its steps.
  expect(report.plays[0]?.hosts["web1"]?.problems).toEqual(steps.flatMap(({ problems }) => problems));
});

test("dryRun() leaves out what Erlang and Elixir have themselves, also where the code paths hold it", async () => {
  const report = await plan(`- { name: P, hosts: web1, steps: [{ name: A, push: [release, lists] }] }`);
  expect(shipped(report)).toEqual([["release"]]);
  expect(report.exit_code).toBe(7);
  expect(report.plays[0]?.hosts["web1"]?.steps[0]?.problems).toEqual([
    {
      code: "MODULE_PROTECTED",
      message: expect.stringContaining("Cannot push lists: it belongs to") as string,
    },
  ]);
  expect(report.plays[0]?.hosts["web1"]?.totals.modules).toBe(1);
});

test("dryRun() refuses an application with a module that Erlang and Elixir have themselves", async () => {
  const source = new FakeModuleSource(MODULES);
  source.applications.set("shop", {
    name: "shop",
    version: "1",
    resource: 0,
    file: "shop.app",
    modules: ["release", "lists"],
    needs: [],
    files: [],
    folders: [],
    fingerprint: "f",
  });
  const report = await plan(`- { hosts: web1, steps: [{ push: { app: shop } }] }`, "yml", source);
  expect(report.exit_code).toBe(7);
  expect(report.plays[0]?.hosts["web1"]?.problems).toEqual([
    {
      code: "MODULE_PROTECTED",
      message: expect.stringContaining("Cannot push lists: it belongs to") as string,
    },
  ]);
});

test("dryRun() tells how much of Elixir a host with only Erlang would get, once a host", async () => {
  const withElixir = { ...MODULES, "Elixir.Dep": ["Elixir.Kernel"], "Elixir.Kernel": [] };
  const report = await plan(
    `
- { name: P, hosts: web1, steps: [{ name: A, push: release }, { name: B, push: App }, { name: C, push: other }] }
- { name: Q, hosts: all, steps: [{ name: D, push: other }] }
- { name: R, hosts: all, steps: [{ name: E, push: release }] }`,
    "yml",
    new FakeModuleSource(MODULES, withElixir),
  );
  const elixir = { elixir: "1.14.0", modules: 1, bytes: 13 };
  expect(report.plays.map(({ hosts }) => hosts["web1"]?.without_elixir)).toEqual([
    elixir,
    undefined,
    undefined,
  ]);
  expect(report.plays.map(({ hosts }) => hosts["web2"]?.without_elixir)).toEqual([
    undefined,
    elixir,
    undefined,
  ]);
  expect(shipped(report).flat()).not.toContain("Elixir.Kernel");
});

test("dryRun() says what cannot be known without running", async () => {
  const report = await plan(
    `- { name: P, hosts: all, steps: [{ name: A, push: App, when: groups.all.size() > 1 }] }`,
  );
  expect(report.plays[0]?.hosts["web1"]?.steps[0]?.unknown).toContain("groups.all.size() > 1");
  const once = await plan(
    `- { hosts: all, vars: { x: true }, steps: [{ push: App, run_once: true, when: vars.x }] }`,
  );
  expect(once.plays[0]?.hosts["web2"]?.steps[0]?.unknown).toBe(
    "whether it runs: on the host of a batch that comes to it first, when vars.x",
  );
  const typescript = await plan(
    `import { play } from "fusion-play";
export default play({ name: "P", hosts: "all", async steps(host) { await host.run("m:f()"); } });`,
    "ts",
  );
  expect(typescript.plays[0]?.hosts["web1"]).toMatchObject({
    steps: [],
    unknown: expect.stringContaining("function"),
  });
});

test("dryRun() gives hosts with the same plan the same object", async () => {
  const report = await plan(`- { name: P, hosts: all, steps: [{ name: A, push: App }] }`);
  expect(report.plays[0]?.hosts["web1"]).toBe(report.plays[0]?.hosts["web2"]);
});

const caller: Caller = { module: "Elixir.Dep", name: "go", arity: 0, file: "lib/dep.ex", line: 3 };

/** A call that would find no function. */
function missing(module: string, isExpected = false): MissingCall {
  const called = { module, name: "f", arity: 1 };
  return {
    called,
    callers: [caller],
    isExpected,
    problem: { code: "MODULE_NOT_FOUND", message: `nobody has ${module}` },
  };
}

test("dryRun() tells what shipped code calls that would be missing, at the step that ships it first", async () => {
  const source = new FakeModuleSource(MODULES);
  source.examined["Elixir.Dep"] = { missing: [missing("gone"), missing("optional", true)] };
  const report = await plan(
    `- { name: P, hosts: web1, steps: [{ name: A, push: App }, { name: B, push: other }] }`,
    "yml",
    source,
  );
  expect(report).toMatchObject({ status: "problems", exit_code: 7 });
  const [first, second] = report.plays[0]?.hosts["web1"]?.steps ?? [];
  const callers = [{ module: "Elixir.Dep", function: "go", arity: 0, file: "lib/dep.ex", line: 3 }];
  expect(first?.problems).toEqual([
    {
      code: "MODULE_NOT_FOUND",
      message: "nobody has gone",
      called: { module: "gone", function: "f", arity: 1 },
      callers,
    },
  ]);
  expect(first?.warnings.map(({ message }) => message)).toEqual(["nobody has optional"]);
  expect([second?.problems, second?.warnings]).toEqual([[], []]);
});

test("dryRun() ends with 0 where only what code is prepared for would be missing", async () => {
  const source = new FakeModuleSource(MODULES);
  source.examined["Elixir.Dep"] = { missing: [missing("optional", true)] };
  const report = await plan(`- { hosts: web1, steps: [{ push: App }] }`, "yml", source);
  expect(report).toMatchObject({ status: "ok", exit_code: 0 });
});

test("dryRun() takes for there what an earlier play with other code paths shipped", async () => {
  const first = new FakeModuleSource({ early: [] });
  const second = new FakeModuleSource(MODULES);
  second.examined["Elixir.Dep"] = { missing: [missing("early"), missing("late")] };
  const report = await dryRun({
    playbooks: [
      await playbookOf(`
- { name: One, hosts: web1, modules: one, steps: [{ push: early }] }
- { name: Two, hosts: all, modules: two, steps: [{ push: App }, { run: "early:f(1)" }] }
`),
    ],
    inventory: await loadInventory(["web1,web2,"]),
    openModules: async ({ name }) => (name === "One" ? first : second),
    signal: new AbortController().signal,
  });
  const problemsOf = (host: string): string[] =>
    report.plays[1]?.hosts[host]?.steps.flatMap(({ problems }) => problems.map(({ message }) => message)) ??
    [];
  expect(problemsOf("web1")).toEqual(["nobody has late"]);
  expect(problemsOf("web2")).toEqual(["nobody has early", "nobody has late", "nobody provides early:f/1"]);
});

test("dryRun() does not say that a host lacks what a play before may have shipped there, but that it may not have it", async () => {
  const sources: Record<string, FakeModuleSource> = {
    One: new FakeModuleSource({ early: [] }),
    Two: new FakeModuleSource(),
  };
  const planBoth = async (one: string, two: string, extension = "yml") =>
    dryRun({
      playbooks: [await playbookOf(one, extension), await playbookOf(two)],
      inventory: await loadInventory(["web1,web2,"]),
      openModules: async ({ name }) => sources[name] ?? new FakeModuleSource(),
      signal: new AbortController().signal,
    });
  const stepOf = (report: DryRunReport, host: string) => report.plays[1]?.hosts[host]?.steps[0];
  const unknown = "whether an earlier play has shipped early";
  // To the host that a step is delegated to.
  const pushed = "- { name: One, hosts: web2, steps: [{ push: early }] }";
  const delegated = (call: string): string =>
    `- { name: Two, hosts: all, steps: [{ run: "${call}", delegate_to: web2 }] }`;
  const first = await planBoth(pushed, delegated("early:f(1)"));
  expect(first.exit_code).toBe(0);
  expect(stepOf(first, "web1")).toMatchObject({ problems: [], unknown });
  const other = await planBoth(pushed, delegated("late:f(1)"));
  expect(stepOf(other, "web1")?.problems).toHaveLength(1);
  // To one that others delegated to, or that has a function of steps.
  const called = `- { name: Two, hosts: web2, steps: [{ run: "early:f(1)" }] }`;
  const second = await planBoth(
    "- { name: One, hosts: web1, steps: [{ push: early, delegate_to: web2 }] }",
    called,
  );
  expect(stepOf(second, "web2")).toMatchObject({ problems: [], unknown });
  const play = `import { play } from "fusion-play";
export default play({ name: "One", hosts: "web2", async steps(host) { await host.push("early"); } });`;
  const third = await planBoth(play, called, "ts");
  expect(stepOf(third, "web2")).toMatchObject({ problems: [], unknown });
  // What a list of steps ships to another host is of no use.
  const fourth = await planBoth("- { name: One, hosts: web1, steps: [{ push: early }] }", called);
  expect(fourth.exit_code).toBe(7);
});

test("dryRun() says which calls are chosen at run time, and which could not be checked", async () => {
  const source = new FakeModuleSource(MODULES);
  source.examined["Elixir.Dep"] = {
    dynamic: [{ called: { module: undefined, name: "f", arity: undefined }, callers: [caller] }],
    unchecked: [{ module: "lists", name: "sort", arity: 1 }],
    isCutShort: true,
  };
  source.examined["Elixir.App"] = { unchecked: [{ module: "lists", name: "sort", arity: 1 }] };
  source.unchecked.add("unknown");
  const report = await plan(
    `- { hosts: web1, steps: [{ push: App }, { run: "unknown:go()" }] }`,
    "yml",
    source,
  );
  expect(report.exit_code).toBe(0);
  const [push, run] = report.plays[0]?.hosts["web1"]?.steps ?? [];
  expect(push?.unknown_calls).toEqual([
    {
      module: "Elixir.Dep",
      called: { module: null, function: "f", arity: null },
      callers: [{ module: "Elixir.Dep", function: "go", arity: 0, file: "lib/dep.ex", line: 3 }],
    },
    { module: "Elixir.Dep", called: { module: null, function: null, arity: null }, callers: [] },
  ]);
  expect(push?.unchecked_calls).toEqual([{ module: "lists", function: "sort", arity: 1 }]);
  expect(run?.unchecked_calls).toEqual([{ module: "unknown", function: "go", arity: 0 }]);
});

test("dryRun() attributes what handlers ship to the step that ships it first, also where they are flushed", async () => {
  const report = await plan(
    `
hosts: web1
steps:
  - { name: A, run: "m:f()", notify: H }
  - { name: F, meta: flush_handlers }
  - { name: B, run: "App.go()" }
handlers: [{ name: I, run: "other:go()" }, { name: H, push: App }]
`,
    "yml",
    new FakeModuleSource({ ...MODULES, m: [] }),
  );
  const steps = report.plays[0]?.hosts["web1"]?.steps ?? [];
  expect(steps.map(({ name, handler = false }) => [name, handler])).toEqual([
    ["A", false],
    ["F", false],
    ["H", true],
    ["B", false],
    ["I", true],
  ]);
  expect(shipped(report)).toEqual([["m"], [], ["Elixir.Dep", "Elixir.App"], [], ["other"]]);
});

test("dryRun() plans what is delegated apart: the host itself gets nothing of it", async () => {
  const report = await plan(`
- name: P
  hosts: web1
  vars: { where: web2 }
  steps:
    - { name: A, push: App, delegate_to: web2 }
    - { name: B, run: "App.go()", delegate_to: web2 }
    - { name: C, run: "App.go()", delegate_to: "\${{ vars.where }}", when: vars.where != "" }
    - { name: D, run: "Dep.go()" }
    - { name: E, assert: true, delegate_to: web2 }
`);
  const { steps = [], totals } = report.plays[0]?.hosts["web1"] ?? {};
  expect(shipped(report)).toEqual([
    ["Elixir.Dep", "Elixir.App"],
    [],
    ["Elixir.Dep", "Elixir.App"],
    ["Elixir.Dep"],
    [],
  ]);
  const where = "${{ vars.where }}";
  expect(steps.map((step) => step.delegated_to)).toEqual(["web2", "web2", where, undefined, undefined]);
  expect(steps.map(({ unknown }) => unknown)).toEqual([
    "what of it web2 has by then",
    undefined,
    `whether it runs: when vars.where != ""; what of it ${where} has by then`,
    undefined,
    undefined,
  ]);
  expect(totals).toMatchObject({ modules: 1 });
});
