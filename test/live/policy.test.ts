import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;
/** Made by code that its policy denies. */
let mark = "";

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd), two: hostOf(sshd) } } });
  mark = join(workspace.folder, "mark");
  const steps = `
  steps:
    - { name: Plain, run: 'quiet:add(1, 2)' }
    - { name: Denied, run: 'Toucher.touch("${mark}")' }
    - { name: Inline, eval: { elixir: 'System.cmd("touch", ["${mark}"])' } }
`;
  await workspace.write({
    "lib/quiet.erl": "-module(quiet).\n-export([add/2]).\nadd(X, Y) -> X + Y.\n",
    "lib/my_shell.erl": "-module(my_shell).\n-export([run/1]).\nrun(Text) -> os:cmd(Text).\n",
    "lib/toucher.ex": 'defmodule Toucher do\n  def touch(path), do: :my_shell.run(~c"touch #{path}")\nend\n',
    "denied.yml": `- hosts: all\n  modules: lib/*\n  policy: { deny: [os.cmd, nif] }${steps}`,
    "allowed.yml": `- hosts: one\n  modules: lib/*\n  policy: { deny: [socket] }${steps}`,
    "denied.ts": `
      import { play } from "fusion-play";
      export default play({
        hosts: "all",
        modules: "lib/*",
        policy: { deny: ["os.cmd"] },
        async steps(host) {
          host.assert((await host.run("quiet:add(1, 2)")) === 3);
          if (host.name === "one") await host.run({ module: "Toucher", function: "touch", args: ["${mark}"] });
          else await host.eval({ erlang: 'os:cmd("touch ${mark}")' });
        },
      });
    `,
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test("a dry run names the modules that have what the policy denies, inline code among them, and ends with 7", async () => {
  const { exitCode, report, stdout } = await workspace.playDry("denied.yml");
  expect(exitCode).toBe(7);
  const [plain, denied, inline] = report?.plays[0]?.hosts["one"]?.steps ?? [];
  expect(plain).toMatchObject({
    problems: [],
    would_push: [{ module: "quiet", effects: [], own_effects: [] }],
  });
  expect(denied?.problems).toMatchObject([
    {
      code: "POLICY_VIOLATION",
      called: { module: "os", function: "cmd", arity: 1 },
      callers: [{ module: "my_shell", function: "run", arity: 1, line: 3 }],
    },
  ]);
  const effects = denied?.would_push.map(({ module, effects: reached, own_effects: own }) => [
    module,
    reached,
    own.map(({ effect }) => effect),
  ]);
  expect(effects).toEqual([
    ["my_shell", ["os.cmd"], ["os.cmd"]],
    ["Elixir.Toucher", ["os.cmd"], []],
  ]);
  expect(inline?.problems).toMatchObject([
    {
      code: "POLICY_VIOLATION",
      callers: [{ file: expect.stringMatching(/denied\.yml$/) as string, line: 7 }],
    },
  ]);
  expect(stdout).toMatch(/Toucher .* \(os\.cmd\)/);
  expect(stdout).toContain("Effect os.cmd: my_shell:run/1 calls os:cmd/1");
});

test("a run of what the policy denies is refused before anything is run, with 3", async () => {
  const { exitCode, events, stderr, report } = await workspace.play("denied.yml");
  expect(exitCode).toBe(3);
  expect(stderr).toContain(
    "POLICY_VIOLATION: Cannot ship my_shell: the play's policy denies os.cmd, and my_shell:run/1 (",
  );
  expect(events).toEqual([]);
  expect(report).toBeUndefined();
  expect(existsSync(mark)).toBe(false);
});

test("a TypeScript play fails at the step that would ship or run what the policy denies", async () => {
  const played = await workspace.play("denied.ts");
  expect(played.exitCode).toBe(2);
  for (const host of ["one", "two"]) {
    const { status, steps } = hostReport(played, host);
    expect(status).toBe("failed");
    expect(steps.map(({ status: stepStatus, error }) => [stepStatus, error?.code])).toEqual([
      ["ok", undefined],
      ["ok", undefined],
      ["failed", "POLICY_VIOLATION"],
    ]);
    expect(steps[2]?.pushed).toEqual([]);
  }
  expect(existsSync(mark)).toBe(false);
});

test("a policy that denies other effects lets the same play run", async () => {
  const dry = await workspace.playDry("allowed.yml");
  expect(dry.exitCode, dry.stdout).toBe(0);
  const played = await workspace.play("allowed.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  expect(existsSync(mark)).toBe(true);
});

describe("an application whose code has what the policy denies, and calls what nobody has", () => {
  beforeAll(async () => {
    const play = (policy: string): string =>
      `- hosts: all\n  modules: shop/ebin\n  policy: ${policy}\n  steps: [{ name: Shop, push: { app: shop } }]\n`;
    await workspace.write({
      "shop/src/shop.erl":
        "-module(shop).\n-export([run/1, sell/0]).\nrun(Text) -> os:cmd(Text).\nsell() -> old_shop:sell().\n",
      "shop/ebin/shop.app":
        '{application, shop, [{vsn, "1"}, {modules, [shop]}, {applications, [kernel, stdlib]}]}.\n',
      "shop-denied.yml": play("{ deny: [os.cmd], allow_missing: [old_shop] }"),
      "shop-missing.yml": play("{ deny: [socket] }"),
      "shop-denied.ts": `
        import { play } from "fusion-play";
        export default play({
          hosts: "one",
          modules: "shop/ebin",
          policy: { deny: ["os.cmd"] },
          steps: (host) => host.push({ app: "shop" }),
        });
      `,
    });
    const folder = join(workspace.folder, "shop");
    execFileSync("erlc", ["+debug_info", "-o", join(folder, "ebin"), join(folder, "src", "shop.erl")]);
  });

  test("is told by dry runs, with and without a connection", async () => {
    for (const playDry of [workspace.playDry, workspace.playDryConnected]) {
      const denied = await playDry("shop-denied.yml");
      expect(denied.exitCode, denied.stderr).toBe(7);
      const missing = await playDry("shop-missing.yml");
      expect(missing.exitCode, missing.stderr).toBe(7);
      for (const host of ["one", "two"]) {
        const [step] = denied.report?.plays[0]?.hosts[host]?.steps ?? [];
        expect(step?.would_push).toMatchObject([{ module: "shop", effects: ["os.cmd"] }]);
        expect(step?.problems).toMatchObject([
          { code: "POLICY_VIOLATION", callers: [{ module: "shop", function: "run", line: 3 }] },
        ]);
        expect(missing.report?.plays[0]?.hosts[host]?.steps[0]?.problems).toMatchObject([
          { code: "MODULE_NOT_FOUND", callers: [{ module: "shop", function: "sell", line: 4 }] },
        ]);
      }
    }
  });

  test("is refused by a run before a host is touched, and by the step of a function", async () => {
    const played = await workspace.play("shop-denied.yml");
    expect(played.exitCode).toBe(3);
    expect(played.stderr).toContain(
      "error POLICY_VIOLATION: Cannot ship shop: the play's policy denies os.cmd",
    );
    const step = hostReport(await workspace.play("shop-denied.ts"), "one").steps[0];
    expect(step).toMatchObject({ status: "failed", pushed: [], error: { code: "POLICY_VIOLATION" } });
    const allowed = await workspace.play("shop-missing.yml");
    expect(allowed.exitCode, allowed.stderr).toBe(0);
  });
});
