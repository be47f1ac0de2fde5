import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openModuleSource } from "../../src/beam/code-paths.ts";
import { findElixir } from "../../src/beam/installation.ts";
import { providedModules } from "../../src/beam/provided-modules.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";
import type { WrittenStep } from "./written-by-run.ts";

// One run with all plays, on hosts of which some fetch Elixir itself.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const LIB = join(import.meta.dirname, "..", "fixtures", "live");
const HEALTH = join(LIB, "remote_health.ex");
const signal = AbortSignal.timeout(300_000);

/** Only root may hide Elixir from a server. */
describe.runIf(process.getuid?.() === 0)("a host that has only Erlang", () => {
  let withElixir: Sshd;
  let erlangOnly: Sshd;
  let workspace: Workspace;
  let played: Played;
  let elixirVersion: string;
  let elixirFolder: string;

  beforeAll(async () => {
    const elixir = await findElixir(signal);
    if (elixir === undefined) throw new Error("Elixir is not installed");
    elixirVersion = elixir.version;
    elixirFolder = elixir.libraryFolder;
    withElixir = await startSshd();
    // The server and all that it starts see an empty folder in the place of Elixir.
    const hide = 'mount -t tmpfs none "$0" && exec "$@"';
    erlangOnly = await startSshd({
      launcher: ["unshare", "--mount", "sh", "-c", hide, dirname(elixirFolder)],
    });
    const bare = hostOf(erlangOnly);
    workspace = await openWorkspace({
      all: { hosts: { full: hostOf(withElixir), bare, direct: bare, release: bare, fetching: bare } },
    });
    await workspace.write({ "site.yml": playbook(elixirFolder) });
    played = await workspace.play("site.yml");
  });

  afterAll(async () => {
    await workspace[Symbol.asyncDispose]();
    await Promise.all([withElixir.stop(), erlangOnly.stop()]);
  });

  function step(host: string, name: string, play = 0): WrittenStep {
    const found = hostReport(played, host, play).steps.find((each) => each.name === name);
    if (found === undefined) throw new Error(`${host} has no step ${name}: ${played.stderr}`);
    return found;
  }

  test("runs Elixir code with the same results as a host that has Elixir", () => {
    expect(played.exitCode, played.stderr).toBe(0);
    expect(hostReport(played, "bare").runtime?.elixir).toBeNull();
    expect(hostReport(played, "full").runtime?.elixir).not.toBeNull();
    expect(step("bare", "Check").result).toEqual(step("full", "Check").result);
    expect(step("bare", "Check").result).toMatchObject({
      text: { upcase: "ÄÖSS" },
      system: { version: elixirVersion, application: elixirVersion, evaluated: ["1", "2"] },
      exceptions: { own: "/var: 50.0 % is sick" },
    });
    expect(step("bare", "Print").output).toBe('printed: #Disk<"/">\n');
    const fail = (host: string): unknown => ({ ...step(host, "Fail").error, message: "" });
    expect(fail("bare")).toEqual(fail("full"));
  });

  test("is sent what the closure needs of Elixir, and another host is not", async () => {
    const source = await openModuleSource({ paths: [HEALTH], signal });
    const predicted = (await source.withElixir()).closure(["Elixir.RemoteHealth"]);
    const { files } = await providedModules(signal);
    for (const host of ["full", "bare"]) {
      const before = new Set(step(host, "Before").result as string[]);
      const gained = (step(host, "After").result as string[]).filter((module) => !before.has(module));
      // OTP loads its own modules when they are first called, and so does Elixir where it is installed.
      const isOwn = (module: string): boolean =>
        files.has(module) && (host === "full" || files.get(module)?.startsWith(elixirFolder) !== true);
      const expected = predicted.filter(({ elixir }) => elixir === null || host === "bare");
      expect(gained.filter((module) => !isOwn(module)).toSorted()).toEqual(
        expected.map(({ name }) => name).toSorted(),
      );
      const { modules, bytes } = hostReport(played, host).pushed;
      expect(modules).toBe(expected.length);
      expect(bytes).toBe(expected.reduce((sum, { binary }) => sum + binary.byteLength, 0));
    }
  });

  test("has in its report what was shipped of Elixir, for whose sake and why", () => {
    const pushed = step("bare", "Check").pushed;
    const names = new Set(pushed.map(({ module }) => module));
    const find = (name: string): unknown => pushed.find(({ module }) => module === `Elixir.${name}`);
    expect(find("RemoteHealth")).toMatchObject({ elixir: null, needed_by: null, reason: null });
    expect(find("RemoteHealth.Disk")).toMatchObject({ elixir: null });
    expect(find("Registry")).toMatchObject({
      elixir: elixirVersion,
      needed_by: "Elixir.RemoteHealth",
      reason: "imports start_link/1, register/3, lookup/2",
    });
    expect(find("Inspect.Date")).toMatchObject({ reason: "protocol implementation of Inspect for Date" });
    expect(pushed.find(({ module }) => module === "elixir")).toMatchObject({ elixir: elixirVersion });
    for (const { needed_by, reason } of pushed) {
      expect(reason === null).toBe(needed_by === null);
      if (needed_by !== null) expect(names).toContain(needed_by);
    }
    // What Elixir only asks about is not needed.
    expect(names).not.toContain("Elixir.Logger");
    expect(names).not.toContain("Elixir.IEx");
  });

  test("is sent nothing by a second step and a second play", () => {
    expect(step("bare", "Print").pushed).toEqual([]);
    expect(hostReport(played, "bare", 1).pushed).toMatchObject({ modules: 0, bytes: 0 });
    expect(hostReport(played, "bare", 1).status).toBe("ok");
  });

  test("is sent what a call straight into Elixir needs, and what inline code needs", () => {
    expect(step("direct", "Call", 2)).toMatchObject({ status: "ok", result: "Ä" });
    expect(step("direct", "Call", 2).pushed.length).toBeGreaterThan(100);
    expect(step("direct", "Call", 2).pushed.every(({ elixir }) => elixir === elixirVersion)).toBe(true);
    expect(step("direct", "Inline", 2)).toMatchObject({ status: "ok", result: 10 });
  });

  test("gets Elixir from the code paths where they hold it", () => {
    expect(step("release", "Print", 3)).toMatchObject({ status: "ok", output: 'printed: #Disk<"/">\n' });
    const elixir = step("release", "Print", 3).pushed.find(({ module }) => module === "elixir");
    expect(elixir?.elixir).toBe(elixirVersion);
  });

  test("fetches no more of Elixir than it calls, where it fetches on demand", () => {
    expect(hostReport(played, "fetching", 4)).toMatchObject({ status: "ok", runtime: { elixir: null } });
    expect(step("fetching", "Call", 4)).toMatchObject({ status: "ok", result: "Ä" });
    expect(step("fetching", "Check", 5).result).toEqual(step("full", "Check").result);
    const fetched = hostReport(played, "fetching", 5);
    const modules = [...(fetched.fetched ?? []), ...fetched.steps.flatMap(({ pushed }) => pushed)];
    expect(modules.every(({ on_demand }) => on_demand === true)).toBe(true);
    expect(modules.find(({ module }) => module === "Elixir.RemoteHealth")).toMatchObject({ elixir: null });
    expect(modules.find(({ module }) => module === "Elixir.Registry")).toMatchObject({
      elixir: elixirVersion,
    });
    expect(modules.length).toBeLessThan(hostReport(played, "bare").pushed.modules);
  });

  test("is told of by a dry run where Elixir would be shipped, and by the recap where it was", async () => {
    const dry = await workspace.playDry("site.yml");
    const plan = dry.report?.plays[0]?.hosts["bare"];
    const { modules } = hostReport(played, "bare").pushed;
    expect(plan?.without_elixir).toMatchObject({ elixir: elixirVersion });
    expect((plan?.totals.modules ?? 0) + (plan?.without_elixir?.modules ?? 0)).toBe(modules);
    expect(dry.stdout).toContain(
      `With only Erlang on the host: ${plan?.without_elixir?.modules} modules of Elixir`,
    );
    // Nothing more for a host that has them from the play before.
    expect(dry.report?.plays[1]?.hosts["bare"]?.without_elixir).toBeUndefined();

    // Asked, the host itself gets what a run ships to it.
    const connected = await workspace.playDryConnected("site.yml");
    expect(connected.exitCode, connected.stderr).toBe(dry.exitCode);
    for (const [index, play] of (connected.report?.plays ?? []).entries()) {
      for (const [host, asked] of Object.entries(play.hosts)) {
        const { pushed, runtime, steps } = hostReport(played, host, index);
        expect(asked).toMatchObject({ runtime, error: null });
        expect(asked.without_elixir).toBeUndefined();
        // What a host will fetch is not known before.
        if (asked.steps.some(({ unknown }) => unknown?.includes("fetches") === true)) continue;
        const { skipped: _skipped, ...sums } = pushed;
        expect(asked.totals).toEqual(sums);
        expect(asked.steps.map(({ would_push: modules }) => modules.length)).toEqual(
          steps.map(({ pushed: modules }) => modules.length),
        );
      }
    }

    const lines = await workspace.run(
      "site.yml",
      "-i",
      "hosts.yml",
      "--output",
      "lines",
      "--limit",
      "direct",
    );
    expect(lines.exitCode, lines.stderr).toBe(0);
    expect(lines.stdout).toMatch(/Only Erlang on direct: \d+ modules of Elixir \S+ \([\d.]+ MB\) shipped/);
  });
});

function playbook(elixirFolder: string): string {
  return `
- name: Health
  hosts: full:bare
  modules: ${HEALTH}
  steps:
    - { name: Before, run: "erlang:loaded()" }
    - { name: Check, run: RemoteHealth.check() }
    - { name: Print, run: RemoteHealth.prints() }
    - { name: Fail, run: RemoteHealth.fails(), ignore_errors: true }
    - { name: After, run: "erlang:loaded()" }
- name: Health again
  hosts: full:bare
  modules: ${HEALTH}
  steps:
    - { name: Check, run: RemoteHealth.prints() }
    - { name: Push, push: RemoteHealth }
- name: Straight into Elixir
  hosts: direct
  steps:
    - { name: Call, run: 'String.upcase("ä")' }
    - { name: Inline, eval: { elixir: "Enum.sum(1..n)", bindings: { n: 4 } } }
- name: Elixir from the code paths
  hosts: release
  modules: [${HEALTH}, "${elixirFolder}/*/ebin"]
  steps:
    - { name: Print, run: RemoteHealth.prints() }
- name: Straight into Elixir on demand
  hosts: fetching
  code_loading: on_demand
  steps:
    - { name: Call, run: 'String.upcase("ä")' }
- name: Elixir on demand
  hosts: fetching
  modules: ${HEALTH}
  code_loading: on_demand
  steps:
    - { name: Check, run: RemoteHealth.check() }
`;
}
