import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findElixir, findErlang } from "../../src/beam/installation.ts";
import type { DryRunHost, DryRunStep } from "../../src/engine/dry-run-report.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Workspace } from "./workspace.ts";

const LIB = join(import.meta.dirname, "..", "fixtures", "live");
let sshd: Sshd;
let watcher: Server;
/** How often somebody connected to the address of the dry runs. */
let connections = 0;
/** Its hosts are real ones. */
let real: Workspace;
/** Its hosts have the address that is watched. */
let watched: Workspace;

const PLAYBOOK = `
- name: Ship
  hosts: all
  modules: [${LIB}/greeter.ex, "${LIB}/text_*.erl"]
  steps:
    - { name: Push, push: Greeter.Signature }
    - { name: Count, run: text_size_count:next() }
    - { name: Greet, run: 'Greeter.greet("hi", "you")' }
    - { name: Greet again, run: 'Greeter.greet("hi", "again")' }
    - { name: On one, when: host.name == "one", run: 'text_size:measure(<<"x">>)' }
    - { name: Inline, eval: { erlang: "text_size:measure(Text)", bindings: { Text: "xy" } } }
    - { name: Assert, assert: result == 2 }
- name: Ship once more
  hosts: one
  modules: ["${LIB}/text_*.erl", another.erl]
  steps:
    - { name: Known, run: 'text_size:measure(<<"x">>)' }
    - { name: New, push: another }
- name: Ship from a release, which holds Erlang and Elixir as well
  hosts: two
  modules: [${LIB}/greeter.ex, "${LIB}/text_*.erl", "RELEASE_ERLANG/stdlib-*/ebin", "RELEASE_ELIXIR/*/ebin"]
  steps:
    - { name: Unused, push: Greeter.Unused }
`;

const ANOTHER = "-module(another).\n-export([one/0]).\none() -> 1.\n";

beforeAll(async () => {
  sshd = await startSshd();
  watcher = createServer((socket) => {
    connections++;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => watcher.once("listening", resolve));
  const { port } = watcher.address() as { port: number };
  const host = hostOf(sshd, { fusion_port: port });
  real = await openWorkspace({ all: { hosts: { one: hostOf(sshd), two: hostOf(sshd) } } });
  watched = await openWorkspace({ all: { hosts: { one: host, two: host } } });
  const signal = AbortSignal.timeout(60_000);
  const [erlang, elixir] = await Promise.all([findErlang(signal), findElixir(signal)]);
  const playbook = PLAYBOOK.replace("RELEASE_ERLANG", erlang?.libraryFolder ?? "").replace(
    "RELEASE_ELIXIR",
    elixir?.libraryFolder ?? "",
  );
  for (const workspace of [real, watched])
    await workspace.write({ "site.yml": playbook, "another.erl": ANOTHER });
});

afterAll(async () => {
  await Promise.all([real, watched].map((workspace) => workspace[Symbol.asyncDispose]()));
  watcher.close();
  await sshd.stop();
});

test("a dry run names who calls what nobody has, and a run fails at just that", async () => {
  await real.write({
    "lib/tidy.erl": `-module(tidy).
-export([sweep/1, wash/0]).
sweep(Rooms) -> [old_lib:sweep(Room) || Room <- Rooms].
wash() -> clean.
`,
    "lib/careful.ex": `defmodule Careful do
  def encode(term), do: if(Code.ensure_loaded?(Jason), do: Jason.encode!(term), else: inspect(term))
  def call(module, function), do: apply(module, function, [])
end
`,
    "tidy.yml": `
- hosts: one
  modules: [lib/tidy.erl, lib/careful.ex]
  steps:
    - { name: Careful, run: 'Careful.encode("x")' }
    - { name: Wash, run: tidy:wash() }
    - { name: Sweep, run: "tidy:sweep([kitchen])" }
`,
    "lib/old_lib.erl": "-module(old_lib).\n-export([sweep/1]).\nsweep(Room) -> {swept, Room}.\n",
  });
  const dry = await real.playDry("tidy.yml");
  expect(dry.exitCode, dry.stderr).toBe(7);
  const steps = dry.report?.plays[0]?.hosts["one"]?.steps ?? [];
  const [careful, wash, sweep] = steps;
  expect(careful?.problems).toEqual([]);
  expect(careful?.warnings).toMatchObject([
    { called: { module: "Elixir.Jason", function: "encode!", arity: 1 } },
  ]);
  expect(careful?.unknown_calls).toMatchObject([
    {
      called: { module: null, function: null, arity: 0 },
      callers: [{ function: "call", arity: 2, line: 3 }],
    },
  ]);
  expect(wash?.problems).toMatchObject([
    {
      code: "MODULE_NOT_FOUND",
      called: { module: "old_lib", function: "sweep", arity: 1 },
      callers: [{ module: "tidy", function: "sweep", arity: 1, line: 3 }],
    },
  ]);
  expect(sweep?.problems).toEqual([]);
  expect(dry.stdout).toContain("MODULE_NOT_FOUND: Cannot call old_lib:sweep/1 from tidy:sweep/1 (");
  expect(dry.stdout).toContain(
    "Warning MODULE_NOT_FOUND: Cannot call Jason.encode!/1 from Careful.encode/1 (",
  );
  expect(dry.stdout).toContain("Known only by running: which functions are called by Careful.call/2");

  const played = await real.play("tidy.yml");
  expect(hostReport(played, "one").steps.map(({ status }) => status)).toEqual(["ok", "ok", "failed"]);
  expect(hostReport(played, "one").steps[2]?.error?.reason).toContain("undef");

  const mended = await real.playDry("tidy.yml", "-m", "lib/old_lib.erl");
  expect(mended.exitCode, mended.stdout).toBe(0);
});

type Shipped = Pick<DryRunStep["would_push"][number], "module" | "bytes" | "md5">;

/** What the steps of a host ship, without what only one of the two reports has. */
function shipped(steps: readonly { name: string; modules: readonly Shipped[] }[]): unknown {
  return steps.map(({ name, modules }) => [
    name,
    modules
      .map(({ module, bytes, md5 }) => ({ module, bytes, md5 }))
      .toSorted((one, other) => one.module.localeCompare(other.module)),
  ]);
}

test("a dry run opens no connection, and what it predicts is what a run then ships", async () => {
  const dry = await watched.playDry("site.yml");
  expect(dry.exitCode, dry.stderr).toBe(0);
  expect(connections).toBe(0);
  expect(dry.report).toMatchObject({ version: 1, status: "ok", exit_code: 0 });

  const played = await real.play("site.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  for (const [index, hosts] of [["one", "two"], ["one"], ["two"]].entries()) {
    const predicted = dry.report?.plays[index]?.hosts ?? {};
    expect(Object.keys(predicted)).toEqual(hosts);
    for (const host of hosts) {
      const { steps, totals } = predicted[host] as DryRunHost;
      const { steps: done, pushed } = hostReport(played, host, index);
      expect(shipped(steps.map(({ name, would_push: modules }) => ({ name, modules })))).toEqual(
        shipped(done.map(({ name, pushed: modules }) => ({ name, modules }))),
      );
      const { skipped: _skipped, ...sums } = pushed;
      expect(totals).toEqual(sums);
    }
  }
});

test("a dry run tells of each module who needs it and where it was found, and what depends on results", async () => {
  const { report, stdout } = await watched.playDry("site.yml");
  const steps = report?.plays[0]?.hosts["two"]?.steps ?? [];
  const modules = (name: string): DryRunStep["would_push"] =>
    steps.find((step) => step.name === name)?.would_push ?? [];
  expect(modules("Push")).toMatchObject([
    {
      module: "Elixir.Greeter.Signature",
      needed_by: null,
      file: expect.stringMatching(/greeter\.ex|\.beam$/),
    },
  ]);
  expect(modules("Greet").map(({ module, needed_by, reason }) => [module, needed_by, reason])).toEqual([
    ["text_size", "Elixir.Greeter", "imports measure/1"],
    ["Elixir.Greeter", null, null],
  ]);
  const release = report?.plays[2]?.hosts["two"]?.steps[0]?.would_push ?? [];
  expect(release.map(({ module }) => module)).toEqual(["Elixir.Greeter.Unused"]);
  expect(modules("Greet again")).toEqual([]);
  for (const { module, bytes, md5 } of steps.flatMap((step) => step.would_push)) {
    expect(bytes).toBeGreaterThan(100);
    expect(md5).toMatch(/^[0-9a-f]{32}$/);
    // People get the same as a table.
    expect(stdout).toContain(module.replace(/^Elixir\./, ""));
    expect(stdout).toContain(md5.slice(0, 8));
  }
  expect(steps.find(({ name }) => name === "On one")?.unknown).toMatch(/host\.name == "one"/);
  expect(steps.find(({ name }) => name === "Greet")?.unknown).toBeUndefined();
});

test("a dry run says of a TypeScript play with a function that its steps are not known, and runs nothing of it", async () => {
  await watched.write({
    "fleet.ts": `
      import { play } from "fusion-play";
      export default [
        play({ name: "List", hosts: "one", modules: "${LIB}/text_*.erl", steps: [{ run: "text_size_count:next()" }] }),
        play({
          name: "Function",
          hosts: "all",
          async steps(host) {
            throw new Error("was run");
          },
        }),
      ];
    `,
  });
  const { exitCode, report, stdout } = await watched.playDry("fleet.ts");
  expect(exitCode).toBe(0);
  const [list, unknown] = report?.plays ?? [];
  expect(list?.hosts["one"]?.steps[0]?.would_push.map(({ module }) => module)).toEqual(["text_size_count"]);
  for (const host of ["one", "two"]) {
    expect(unknown?.hosts[host]).toMatchObject({
      steps: [],
      unknown: expect.stringContaining("function"),
    });
  }
  expect(stdout).toMatch(/Known only by running: .*function/);
  expect(stdout).not.toContain("was run");
  expect(connections).toBe(0);
});
