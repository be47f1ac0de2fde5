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
  modules: ["${LIB}/text_*.erl", ${LIB}/misbehaving.erl]
  steps:
    - { name: Known, run: 'text_size:measure(<<"x">>)' }
    - { name: New, push: misbehaving }
- name: Ship from a release, which holds Erlang and Elixir as well
  hosts: two
  modules: [${LIB}/greeter.ex, "${LIB}/text_*.erl", "RELEASE_ERLANG/stdlib-*/ebin", "RELEASE_ELIXIR/*/ebin"]
  steps:
    - { name: Unused, push: [Greeter.Unused, String, lists] }
`;

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
  for (const workspace of [real, watched]) await workspace.write({ "site.yml": playbook });
});

afterAll(async () => {
  await Promise.all([real, watched].map((workspace) => workspace[Symbol.asyncDispose]()));
  watcher.close();
  await sshd.stop();
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
      expect(totals).toEqual({ modules: pushed.modules, bytes: pushed.bytes });
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
