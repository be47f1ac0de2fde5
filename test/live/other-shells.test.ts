import { execFileSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Workspace } from "./workspace.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

/** What is /bin/sh somewhere: that of Red Hat, SUSE and macOS, of Alpine, of Android and of illumos. */
const SHELLS = process.getuid?.() === 0 ? ["bash", "busybox", "mksh", "ksh93"] : [];
/** Asked for in another way each: over tunnels, over the command's streams, as another user. */
const WAYS = {
  tunnels: {},
  stdio: { fusion_transport: "stdio" },
  sudo: { fusion_become: true, fusion_become_user: "root" },
};

let workspace: Workspace;
const servers = new Map<string, Sshd>();

beforeAll(async () => {
  for (const shell of SHELLS) servers.set(shell, await startSshd({ launcher: withShell(shell) }));
  const hosts = [...servers].flatMap(([shell, sshd]) =>
    Object.entries(WAYS).map(([way, vars]) => [`${shell}-${way}`, hostOf(sshd, vars)] as const),
  );
  workspace = await openWorkspace({ all: { hosts: Object.fromEntries(hosts) } });
  await workspace.write({
    "first.erl": "-module(first).\n-export([f/0]).\nf() -> second:f().\n",
    "second.erl": `-module(second).
-export([f/0]).
f() -> {ok, Shell} = file:read_file("/bin/sh"), erlang:crc32(Shell).
`,
    "shipped.yml": PLAY,
    "fetched.yml": PLAY.replace("steps:", "code_loading: on_demand\n  steps:"),
  });
});

const PLAY = `
- hosts: all
  modules: ["*.erl"]
  steps:
    - { name: Run, run: "first:f()" }
`;

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  for (const sshd of servers.values()) await sshd.stop();
});

/** What runs a command so that it finds another shell in the place of /bin/sh. */
function withShell(name: string): string[] {
  const script = 'mount --bind "$0" "$1" && shift && exec "$@"';
  return ["unshare", "--mount", "sh", "-c", script, pathOf(name), realpathSync("/bin/sh")];
}

function pathOf(name: string): string {
  return realpathSync(execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim());
}

test.each(["shipped.yml", "fetched.yml"])(
  "hosts with any shell as /bin/sh run %s, and keep nothing",
  async (playbook) => {
    const played = await workspace.play(playbook);
    expect(played.exitCode, played.stdout + played.stderr).toBe(0);
    for (const [shell, sshd] of servers) {
      for (const way of Object.keys(WAYS)) {
        const [step] = hostReport(played, `${shell}-${way}`).steps;
        expect(step?.result).toBe(crc32(readFileSync(pathOf(shell))));
      }
      expect(await leftOn(sshd)).toEqual([]);
    }
  },
);

test("doctor finds nothing wrong with them", async () => {
  const examined = await workspace.run("doctor", "all", "-i", "hosts.yml");
  expect(examined.exitCode, examined.stdout).toBe(0);
});
