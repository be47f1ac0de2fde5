import { expect, test } from "vitest";
import { dryRun } from "../../src/engine/dry-run.ts";
import type { DryRunReport } from "../../src/engine/dry-run-report.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { playbookOf } from "./fake-run.ts";

async function plan(text: string, extension = "yml"): Promise<DryRunReport> {
  const source = new FakeModuleSource({
    "Elixir.App": ["Elixir.Dep"],
    "Elixir.Dep": [],
    other: ["Elixir.Dep"],
    release: ["lists"],
    lists: [],
  });
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
  expect(report.plays[0]?.hosts["web1"]?.totals).toEqual({ modules: 3, bytes: 25 });
  expect(report.plays[0]?.hosts["web1"]?.steps[0]?.would_push[0]).toEqual({
    module: "Elixir.Dep",
    bytes: 10,
    md5: Buffer.from("Elixir.Dep").toString("hex").padEnd(32, "0"),
    needed_by: "Elixir.App",
    reason: { type: "atom", where: "code" },
    file: "lib/Elixir.Dep.beam",
  });
  expect(shipped(report, 1, "web1")).toEqual([[]]);
  expect(shipped(report, 1, "web2")).toEqual([["Elixir.Dep", "other"]]);
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
});

test("dryRun() leaves out what Erlang and Elixir have themselves, also where the code paths hold it", async () => {
  const report = await plan(`- { name: P, hosts: web1, steps: [{ name: A, push: [release, lists] }] }`);
  expect(shipped(report)).toEqual([["release"]]);
  expect(report.plays[0]?.hosts["web1"]?.totals.modules).toBe(1);
});

test("dryRun() says what cannot be known without running", async () => {
  const report = await plan(
    `- { name: P, hosts: all, steps: [{ name: A, push: App, when: groups.all.size() > 1 }] }`,
  );
  expect(report.plays[0]?.hosts["web1"]?.steps[0]?.unknown).toContain("groups.all.size() > 1");
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
