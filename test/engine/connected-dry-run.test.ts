import { expect, test } from "vitest";
import { dryRun } from "../../src/engine/dry-run.ts";
import type { DryRunHost, DryRunReport } from "../../src/engine/dry-run-report.ts";
import type { HostCode } from "../../src/engine/host-code.ts";
import { FusionPlayError } from "../../src/errors.ts";
import { loadInventory } from "../../src/inventory/load-inventory.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { FakeRemoteNode } from "../doubles/fake-remote-node.ts";
import { playbookOf } from "./fake-run.ts";

const MODULES = { "Elixir.App": ["Elixir.Dep"], "Elixir.Dep": [], other: ["Elixir.Dep"], lists: [] };
const PUSH = `- { name: P, hosts: all, steps: [{ name: A, push: App }, { name: B, push: other }] }`;

const APPLICATION = {
  version: "1",
  resource: 0,
  file: "shop.app",
  files: [],
  folders: [],
  fingerprint: "f",
} as const;

interface ConnectedOptions {
  /** What hosts say of their code by their names, or why they are unreachable. */
  readonly hosts?: Readonly<Record<string, Partial<HostCode> | FusionPlayError>>;
  readonly erlangOnly?: readonly string[];
  readonly source?: FakeModuleSource;
  readonly signal?: AbortSignal;
  readonly concurrency?: number;
  /** Told of each host that is connected. */
  readonly onConnect?: (nodes: ReadonlyMap<string, FakeRemoteNode>) => void;
}

async function compare(
  text: string,
  options: ConnectedOptions = {},
): Promise<{ report: DryRunReport; nodes: ReadonlyMap<string, FakeRemoteNode> }> {
  const { hosts = { web1: {}, web2: {} }, erlangOnly = [], onConnect, source, concurrency } = options;
  const nodes = new Map<string, FakeRemoteNode>();
  const report = await dryRun({
    playbooks: [await playbookOf(text)],
    inventory: await loadInventory([`${Object.keys(hosts).join(",")},`]),
    openModules: async () => source ?? new FakeModuleSource(MODULES),
    signal: options.signal ?? new AbortController().signal,
    ...(concurrency === undefined ? {} : { concurrency }),
    connect: async ({ name }) => {
      const code = hosts[name] ?? {};
      if (code instanceof FusionPlayError && code.code === "SSH_CONNECT_FAILED") throw code;
      const node = new FakeRemoteNode(() => 0, erlangOnly.includes(name) ? null : "1.14.0");
      node.code = code;
      nodes.set(name, node);
      onConnect?.(nodes);
      return node;
    },
  });
  return { report, nodes };
}

const gone = new FusionPlayError("Cannot connect to web2", { code: "SSH_CONNECT_FAILED", hint: "Look" });

function hostOf(report: DryRunReport, name: string, play = 0): DryRunHost {
  const host = report.plays[play]?.hosts[name];
  if (host === undefined) throw new Error(`No ${name}`);
  return host;
}

const modulesOf = ({ steps }: DryRunHost): string[][] =>
  steps.map(({ would_push: modules }) => modules.map(({ module }) => module));

test("a connected dryRun() asks each host once a play, calls and ships nothing, and closes it", async () => {
  const { report, nodes } = await compare(`${PUSH}\n- { name: Q, hosts: web1, steps: [{ push: App }] }`);
  expect(report).toMatchObject({ status: "ok", exit_code: 0 });
  expect(Object.keys(report.plays[0]?.hosts ?? {})).toEqual(["web1", "web2"]);
  expect(modulesOf(hostOf(report, "web1"))).toEqual([["Elixir.Dep", "Elixir.App"], ["other"]]);
  expect(modulesOf(hostOf(report, "web1", 1))).toEqual([[]]);
  expect(hostOf(report, "web1")).toMatchObject({ runtime: { otp: "25", elixir: "1.14.0" }, error: null });
  const asked = [nodes.get("web1"), nodes.get("web2")].map((node) => node?.questions.length);
  expect(asked).toEqual([2, 1]);
  for (const node of nodes.values()) {
    expect(node.calls).toEqual([]);
    expect(node.pushes).toEqual([]);
    expect(node.isDisposed).toBe(true);
  }
});

test("a connected dryRun() gives hosts that say the same one plan, and others their own", async () => {
  const replaced = new Map([["other", { md5: "f".repeat(32), file: "/lib/other.beam" }]]);
  const { report } = await compare(PUSH, { hosts: { web1: {}, web2: {}, web3: { replaced } } });
  expect(hostOf(report, "web1")).toBe(hostOf(report, "web2"));
  const pushed = hostOf(report, "web3").steps.flatMap(({ would_push: modules }) => modules);
  expect(pushed.map(({ module, replaces }) => [module, replaces])).toEqual([
    ["Elixir.Dep", null],
    ["Elixir.App", null],
    ["other", { md5: "f".repeat(32), file: "/lib/other.beam" }],
  ]);
});

test("a connected dryRun() leaves out what a host has, and refuses what it keeps", async () => {
  const hosts = {
    web1: { current: new Set(["Elixir.Dep"]) },
    web2: { own: new Map([["other", "sticky"] as const]) },
  };
  const { report } = await compare(PUSH, { hosts });
  expect(modulesOf(hostOf(report, "web1"))).toEqual([["Elixir.App"], ["other"]]);
  // The host decides what it has itself, and not what is installed here.
  expect(modulesOf(hostOf(report, "web2"))).toEqual([["Elixir.Dep", "Elixir.App"], []]);
  expect(hostOf(report, "web2").steps[1]?.problems).toEqual([
    { code: "MODULE_PROTECTED", message: "Cannot push other: it is sticky on the host" },
  ]);
  expect(report).toMatchObject({ status: "problems", exit_code: 7 });
});

test("a connected dryRun() asks for functions that are called, but those of modules that are shipped", async () => {
  const source = new FakeModuleSource(MODULES);
  const called = [
    { module: "Elixir.Dep", name: "go", arity: 0 },
    { module: "lists", name: "map", arity: 2 },
  ];
  source.examined["Elixir.App"] = { calls: called };
  const { nodes } = await compare(
    `- { name: P, hosts: all, steps: [{ push: App }, { run: "erlang:node()" }, { run: "App.go()" }] }`,
    { source },
  );
  const [question] = nodes.get("web1")?.questions ?? [];
  expect(question?.modules.map(({ name }) => name)).toEqual(["Elixir.Dep", "Elixir.App"]);
  expect(question?.calls.map(({ module, name }) => `${module}:${name}`)).toEqual([
    "lists:map",
    "erlang:node",
  ]);
});

test("a connected dryRun() plans what of Elixir a host with only Erlang gets", async () => {
  const source = new FakeModuleSource(MODULES, {
    ...MODULES,
    "Elixir.Dep": ["Elixir.Kernel"],
    "Elixir.Kernel": [],
  });
  const { report } = await compare(PUSH, { source, erlangOnly: ["web2"] });
  expect(modulesOf(hostOf(report, "web1"))[0]).toEqual(["Elixir.Dep", "Elixir.App"]);
  expect(modulesOf(hostOf(report, "web2"))[0]).toEqual(["Elixir.Kernel", "Elixir.Dep", "Elixir.App"]);
  for (const host of ["web1", "web2"]) expect(hostOf(report, host).without_elixir).toBeUndefined();
});

test("a connected dryRun() says which hosts it cannot ask, and ends with 4 where there is no problem", async () => {
  const lost = new FusionPlayError("Cannot ask web3", { code: "NODE_LOST" });
  const { report, nodes } = await compare(PUSH, { hosts: { web1: {}, web2: gone, web3: lost } });
  expect(report).toMatchObject({ status: "unreachable", exit_code: 4 });
  expect(hostOf(report, "web1").error).toBeNull();
  expect(hostOf(report, "web2")).toEqual({
    steps: [],
    problems: [],
    totals: { modules: 0, bytes: 0, files: 0, file_bytes: 0 },
    runtime: null,
    error: { code: "SSH_CONNECT_FAILED", message: "Cannot connect to web2", hint: "Look" },
  });
  expect(hostOf(report, "web3").error?.code).toBe("NODE_LOST");
  expect(nodes.get("web3")?.isDisposed).toBe(true);
  const both = await compare(`- { name: P, hosts: all, steps: [{ push: Nowhere }] }`, {
    hosts: { web1: {}, web2: gone },
  });
  expect(both.report).toMatchObject({ status: "problems", exit_code: 7 });
});

test("a connected dryRun() works on as many hosts at a time as it may", async () => {
  const names = Array.from({ length: 6 }, (_, index) => `web${index}`);
  let most = 0;
  await compare(PUSH, {
    hosts: Object.fromEntries(names.map((name) => [name, {}])),
    concurrency: 2,
    onConnect: (nodes) => {
      most = Math.max(most, [...nodes.values()].filter(({ isDisposed }) => !isDisposed).length);
    },
  });
  expect(most).toBe(2);
});

test("a connected dryRun() that is stopped closes its hosts and gives no report", async () => {
  const stop = new AbortController();
  const nodes: FakeRemoteNode[] = [];
  const stopped = compare(PUSH, {
    signal: stop.signal,
    onConnect: (connected) => {
      nodes.push(...connected.values());
      stop.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
  expect(nodes.length).toBeGreaterThan(0);
  for (const node of nodes) expect(node.isDisposed).toBe(true);
});

test("a connected dryRun() refuses an application with a module that the host keeps, as a push does", async () => {
  const source = new FakeModuleSource(MODULES);
  const shop = { ...APPLICATION, name: "shop", modules: ["Elixir.App", "other"], needs: [] };
  source.applications.set("shop", shop);
  const text = `- { name: P, hosts: all, steps: [{ push: { app: shop } }] }`;
  const hosts = { web1: {}, web2: { own: new Map([["other", "otp"] as const]) } };
  const { report } = await compare(text, { source, hosts });
  expect(hostOf(report, "web1").problems).toEqual([]);
  expect(hostOf(report, "web2").problems).toEqual([
    { code: "MODULE_PROTECTED", message: "Cannot push other: it belongs to the host's OTP" },
  ]);
});

test("a connected dryRun() plans applications by those that the host has, and their libraries by its platform", async () => {
  const source = new FakeModuleSource(MODULES);
  const needs = [{ name: "base", optional: false }];
  source.applications.set("shop", { ...APPLICATION, name: "shop", modules: ["Elixir.App"], needs });
  const text = `- { name: P, hosts: all, steps: [{ push: { app: shop } }] }`;
  const hosts = {
    web1: { applications: new Map([["base", "other"] as const]) },
    web2: {},
    web3: {
      applications: new Map([["base", "own"] as const]),
      unfit: new Map([["shop", "priv/shop.so was built for arm"]]),
    },
  };
  const { report, nodes } = await compare(text, { source, hosts });
  expect(nodes.get("web1")?.questions[0]).toMatchObject({ applicationNames: ["shop", "base"] });
  expect(modulesOf(hostOf(report, "web1"))).toEqual([["Elixir.Dep", "Elixir.App"]]);
  expect(hostOf(report, "web1").steps[0]?.problems).toEqual([]);
  expect(hostOf(report, "web2").steps[0]?.problems).toMatchObject([{ code: "APPLICATION_NOT_FOUND" }]);
  expect(hostOf(report, "web3").steps[0]?.problems).toEqual([
    {
      code: "ARCHITECTURE_MISMATCH",
      message:
        "Cannot push the application shop: priv/shop.so was built for arm, and the host is x86_64-pc-linux-gnu",
    },
  ]);
});
