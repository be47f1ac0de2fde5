import { readFileSync } from "node:fs";
import { arch, cpus, hostname, networkInterfaces, release, totalmem, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd) } } });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

function factsOf(played: Played, host: string, play = 0): Record<string, unknown> {
  const { facts, error } = hostReport(played, host, play) as { facts?: unknown; error: unknown };
  if (facts === undefined) throw new Error(`No facts of ${host}: ${JSON.stringify(error)} ${played.stderr}`);
  return facts as Record<string, unknown>;
}

describe.runIf(process.platform === "linux")("gather_facts", () => {
  test("tells what Node.js and the files of this machine tell", async () => {
    await workspace.write({
      "facts.yml": `
- hosts: one
  gather_facts: true
  vars: { half: "\${{ facts.memory.total / 2 }}" }
  steps:
    - { name: Asks, assert: 'facts.hostname == "${hostname()}" && facts.user.uid == ${userInfo().uid}' }
    - { name: Counts, assert: 'vars.half == ${Math.trunc(totalmem() / 2)} && facts.cpu.count == ${cpus().length}' }
- hosts: one
  steps:
    - { name: Later, assert: facts.os.type == "linux" }
    - { name: Hides them, run: "erlang:abs(-1)", register: facts }
    - { name: Hidden, assert: facts == 1 }
- hosts: one
  gather_facts: true
  steps:
    - { name: Again, assert: facts.os.type == "linux" }
`,
    });
    const played = await workspace.play("facts.yml");
    expect(played.exitCode, played.stderr + played.stdout).toBe(0);
    // A later play knows them, and does not ask again.
    expect(hostReport(played, "one", 1).facts).toBeUndefined();

    const facts = factsOf(played, "one");
    const id = /^ID="?(.*?)"?$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
    const { username, uid, gid, homedir, shell } = userInfo();
    expect(facts).toMatchObject({
      os: { family: "unix", type: "linux", id },
      kernel: { release: release() },
      hostname: hostname(),
      architecture: { x64: "x86_64", arm64: "aarch64" }[arch() as string] ?? expect.any(String),
      cpu: { count: cpus().length },
      memory: { total: totalmem(), available: expect.any(Number) },
      user: { name: username, uid, gid, home: homedir, shell },
      users: { root: 0 },
      otp: { release: hostReport(played, "one").runtime?.otp },
      elixir: hostReport(played, "one").runtime?.elixir,
      errors: {},
    });
    const { interfaces, addresses } = facts["network"] as {
      interfaces: Record<string, { addresses: { address: string; prefix: number }[] }>;
      addresses: string[];
    };
    for (const [name, own] of Object.entries(networkInterfaces())) {
      const expected = (own ?? []).map(({ address, cidr }) => ({
        address,
        prefix: Number(cidr?.split("/")[1]),
      }));
      expect(interfaces[name]?.addresses).toEqual(expect.arrayContaining(expected));
    }
    const global = Object.values(networkInterfaces())
      .flatMap((own) => own ?? [])
      .filter(({ internal, address }) => !internal && !address.startsWith("fe80:"));
    expect(addresses.toSorted()).toEqual(global.map(({ address }) => address).toSorted());
    expect(Math.abs((facts["time"] as { unix: number }).unix - Date.now() / 1000)).toBeLessThan(600);
  });

  test("gives TypeScript plays the same, and asks a host once", async () => {
    await workspace.write({
      "facts.ts": `
import { play } from "fusion-play";
export default play({
  hosts: "one",
  steps: async (host) => {
    const [first, second] = await Promise.all([host.facts(), host.facts()]);
    host.assert(first === second || first.hostname === second.hostname, "the same");
    host.assert(first.otp?.root !== undefined && first.errors["otp"] === undefined, "otp");
  },
});
`,
    });
    const played = await workspace.play("facts.ts");
    expect(played.exitCode, played.stderr + played.stdout).toBe(0);
    expect(factsOf(played, "one")["hostname"]).toBe(hostname());
  });

  test.runIf(process.getuid?.() === 0)(
    "leaves a fact out whose file never answers, and says why",
    async () => {
      const block = 'mkfifo "$0" && mount --bind "$0" /etc/os-release && exec "$@"';
      const pipe = join(workspace.folder, "pipe");
      const stuck = await startSshd({
        launcher: ["unshare", "--mount", "sh", "-c", block, pipe],
      });
      await workspace.write({
        "stuck.json": { all: { hosts: { stuck: hostOf(stuck) } } },
        "stuck.yml":
          "- hosts: stuck\n  gather_facts: true\n  steps: [{ assert: facts.os == null && facts.user.uid == 0 }]\n",
      });
      const played = await workspace.play("stuck.yml", "-i", "stuck.json", "-l", "stuck");
      await stuck.stop();
      expect(played.exitCode, played.stderr + played.stdout).toBe(0);
      expect(factsOf(played, "stuck")).toMatchObject({
        os: null,
        errors: { os: "it took longer than 3000 ms" },
        hostname: hostname(),
      });
    },
  );
});

test("facts without gather_facts are a mistake that says what to write", async () => {
  await workspace.write({ "none.yml": "- hosts: one\n  steps: [{ assert: facts.uptime > 0 }]\n" });
  const played = await workspace.play("none.yml");
  expect(played.exitCode).toBe(3);
  expect(played.stderr).toContain('Unknown name "facts"');
  expect(played.stderr).toContain("gather_facts: true");
});
