import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveHosts, type SimulatedHosts } from "../../bench/fleet/serve-hosts.ts";
import { nameOf, writeSyntheticTree } from "../../bench/synthetic-tree.ts";
import { generateKeyPair } from "../../src/lab/key-pair.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

/** Simulated hosts, which `npm run bench fleet` measures the controller with. */
const COUNT = 20;
/** More than one thread has connections to at once. */
const MANY = 150;
const SITE = `
- name: Fleet
  hosts: few
  gather_facts: true
  modules: tree
  steps:
    - { name: Node, run: "erlang:node()" }
    - { name: Facts, assert: 'facts.architecture == "x86_64"' }
    - { name: Tree, push: ${nameOf(0)} }
    - { name: Held, run: "fleet:held()" }
`;
/** The program tells how many threads it has started, as one that it runs itself sees it. */
const MANY_SITE = `
import { play } from "fusion-play";

let threads = 0;
process.on("worker", () => threads++);
process.on("exit", () => console.error("threads:", threads));

export default play({
  name: "Many",
  hosts: "all",
  modules: ["tree"],
  steps: async (host) => {
    await host.push("${nameOf(0)}");
    await host.run("erlang:node()");
  },
});
`;
/** Facts, a call, the question of the push, its code, and the call that is held. */
const CALLS_OF_HOST = 5;

let hosts: SimulatedHosts;
let workspace: Workspace;
let held = 0;
let heldAtOnce = 0;

beforeAll(async () => {
  const [hostKey, userKey] = [generateKeyPair(), generateKeyPair()];
  hosts = await serveHosts({
    hostKey: hostKey.privateKey,
    onHeld() {
      heldAtOnce = Math.max(heldAtOnce, ++held);
      if (held === COUNT) hosts.release();
    },
  });
  const addresses = Array.from({ length: MANY }, (_, index) => `127.1.0.${index + 1}`);
  const named = addresses.map((address) => [`host-${address}`, { fusion_host: address }] as const);
  workspace = await openWorkspace({
    all: {
      hosts: Object.fromEntries(named),
      children: { few: { hosts: Object.fromEntries(named.slice(0, COUNT).map(([name]) => [name, {}])) } },
      vars: {
        fusion_port: hosts.port,
        fusion_user: "anyone",
        fusion_private_key_file: "id",
        fusion_known_hosts_file: "known_hosts",
      },
    },
  });
  const known = addresses.map((address) => `[${address}]:${hosts.port} ${hostKey.publicKey}\n`);
  await workspace.write({
    "site.yml": SITE,
    "many.ts": MANY_SITE,
    id: userKey.privateKey,
    known_hosts: known.join(""),
  });
  mkdirSync(join(workspace.folder, "tree"));
  writeSyntheticTree(join(workspace.folder, "tree"), 3);
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await hosts[Symbol.asyncDispose]();
});

test("simulated hosts are booted, asked for facts, shipped code to and called as real ones are, all at once", async () => {
  const played = await workspace.play("site.yml", "-c", String(COUNT));

  expect(played.exitCode, played.stderr).toBe(0);
  const reports = Object.values(played.report?.plays[0]?.hosts ?? {});
  expect(reports).toHaveLength(COUNT);
  for (const { status, steps, pushed } of reports) {
    expect(status).toBe("ok");
    expect(steps.map((step) => step.status)).toEqual(["ok", "ok", "ok", "ok"]);
    expect(pushed).toMatchObject({ modules: 3 });
  }
  expect(new Set(reports.map(({ steps }) => steps[0]?.result)).size).toBe(COUNT);
  expect(heldAtOnce).toBe(COUNT);
  expect(hosts.counts).toMatchObject({
    connections: COUNT,
    tunnels: 2 * COUNT,
    // The boot command, its registration, and the link.
    channels: 3 * COUNT,
    booted: COUNT,
    calls: CALLS_OF_HOST * COUNT,
    unknown: [],
  });
  // The end of the controller ends them; that may be noticed a moment later.
  await expect.poll(() => hosts.counts.open, { timeout: 60_000 }).toBe(0);
});

test("hosts beyond those that one thread has at once are connected to by others, and all goes as it does otherwise", async () => {
  const before = { ...hosts.counts };
  const played = await workspace.play("many.ts", "-c", String(MANY), "--connect-concurrency", String(MANY));

  expect(played.exitCode, played.stderr).toBe(0);
  const reports = Object.values(played.report?.plays[0]?.hosts ?? {});
  expect(reports.map(({ status }) => status)).toEqual(reports.map(() => "ok"));
  expect(new Set(reports.map(({ steps }) => steps[1]?.result)).size).toBe(MANY);
  expect(reports.every(({ pushed }) => pushed.modules === 3)).toBe(true);
  expect(hosts.counts.connections - before.connections).toBe(MANY);
  expect(hosts.counts.channels - before.channels).toBe(3 * MANY);
  expect(hosts.counts.unknown).toEqual([]);
  // 64 are connected to by the one that does everything else; each thread has 64 before there is another one.
  const threads = Math.min(2, availableParallelism() - 1);
  expect(played.stderr).toContain(`threads: ${threads}`);
  await expect.poll(() => hosts.counts.open, { timeout: 60_000 }).toBe(0);
});
