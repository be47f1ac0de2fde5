import { expect, test } from "vitest";
import { atom, tuple } from "../../src/etf/term.ts";
import type { HostReport, PushedModule } from "../../src/engine/report.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { fakeRun, type FakeRun, type FakeRunOptions } from "./fake-run.ts";

const names = (modules: readonly PushedModule[]): string[] => modules.map(({ module }) => module);

function host({ report }: FakeRun, play = 0): HostReport {
  const found = report.plays[play]?.hosts["web1"];
  if (found === undefined) throw new Error("no report of web1");
  return found;
}

/** Runs steps on one host that fetches. */
async function run(way: string, steps: string, options: FakeRunOptions = {}): Promise<FakeRun> {
  const source = new FakeModuleSource({ app: ["dep"], dep: [], late: [] });
  const text = `- { name: P, hosts: all, code_loading: ${way}, steps: [${steps}] }\n`;
  return fakeRun(text, { inventory: "web1,", source, ...options });
}

test("a call ships its closure before it, unless its host fetches on demand alone", async () => {
  const call = '{ name: Call, run: "app:f()" }';
  const push = "{ name: Push, push: app }";
  const pushed = async (way: string, steps: string): Promise<string[][]> => {
    const { nodes } = await run(way, steps);
    return [...nodes.values()].flatMap(({ pushes }) => pushes);
  };
  expect(await pushed("closure", call)).toEqual([["dep", "app"]]);
  expect(await pushed("closure+on_demand", call)).toEqual([["dep", "app"]]);
  expect(await pushed("on_demand", call)).toEqual([]);
  expect(await pushed("on_demand", push)).toEqual([["dep", "app"]]);
});

test("what the host has from elsewhere in another version is shipped with the first step, and only where it fetches", async () => {
  const call = '{ name: One, run: "m:f()" }, { name: Two, run: "m:f()" }';
  for (const [way, expected] of [
    ["closure", [[], []]],
    ["on_demand", [["late"], []]],
  ] as const) {
    const done = await run(way, call, {
      onEvent: (event, nodes) => {
        const node = nodes.get("web1");
        if (event.type === "host_connected" && node !== undefined) node.former = ["late"];
      },
    });
    expect(host(done).steps.map(({ pushed }) => names(pushed))).toEqual(expected);
  }
});

test("the push of an application replaces what the host has from elsewhere, too, before it starts", async () => {
  const source = new FakeModuleSource({ app: [], late: [] });
  const resource = tuple(atom("application"), atom("my_app"), []);
  source.applications.set("my_app", {
    name: "my_app",
    version: "1",
    resource,
    file: "my_app.app",
    modules: ["app"],
    needs: [],
    files: [],
    folders: [],
    fingerprint: "1",
  });
  const { nodes } = await run("on_demand", "{ name: App, push: { app: my_app } }", {
    source,
    onEvent: (event, all) => {
      const node = all.get("web1");
      if (event.type === "host_connected" && node !== undefined) node.former = ["late"];
    },
  });
  expect(nodes.get("web1")?.pushes).toEqual([["app", "late"]]);
});

test("a fetched module is reported in the step under way, or else with the host, and counted", async () => {
  const done = await run("on_demand", '{ name: One, run: "m:f()" }, { name: Two, run: "m:f()" }', {
    onEvent: (event, nodes) => {
      const node = nodes.get("web1");
      if (event.type === "step_started" && event.step === "One") node?.fetch("dep");
      if (event.type === "step_finished" && event.step === "One") node?.fetch("late");
    },
    answer: () => () => 1,
  });
  const { steps, fetched, pushed } = host(done);
  expect(steps.map((step) => names(step.pushed))).toEqual([["dep"], []]);
  expect(names(fetched ?? [])).toEqual(["late"]);
  expect(pushed).toMatchObject({ modules: 2, bytes: 7, skipped: 0 });
  const events = done.events.filter((event) => event.type === "module_pushed");
  expect(events).toMatchObject([
    { step: "One", module: "dep", on_demand: true },
    { step: null, module: "late", on_demand: true },
  ]);
});

test("a module that is fetched during calls is reported with the one that began last", async () => {
  let fetch: (module: string) => void = () => {};
  const done = await run("on_demand", '{ name: One, run: "m:f()" }', {
    onEvent: (event, nodes) => {
      if (event.type === "host_connected") fetch = (module) => nodes.get("web1")?.fetch(module);
    },
    answer: () => () => {
      fetch("app");
      return 1;
    },
  });
  expect(host(done).fetched).toBeUndefined();
  expect(host(done).steps[0]?.pushed).toEqual([
    expect.objectContaining({ module: "app", bytes: 3, on_demand: true, needed_by: null, reason: null }),
  ]);
  expect(done.events.filter((event) => event.type === "module_pushed")).toMatchObject([
    { step: "One", module: "app" },
  ]);
});

test("a host is connected as one that fetches where any of its plays says so, and each play says what", async () => {
  const source = new FakeModuleSource();
  const { nodes } = await fakeRun(
    `
- { name: P, hosts: all, steps: [{ run: "m:f()" }] }
- { name: Q, hosts: web2, code_loading: on_demand, steps: [{ run: "m:f()" }] }
- { name: R, hosts: all, steps: [{ run: "m:f()" }] }
`,
    { inventory: "web1,web2,", source },
  );
  expect(nodes.get("web1")).toMatchObject({ onDemand: false, served: [null, null] });
  expect(nodes.get("web2")).toMatchObject({ onDemand: true, served: [null, source, null] });
});
