import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveHosts, type SimulatedHosts } from "../../bench/fleet/serve-hosts.ts";
import { nameOf, writeSyntheticTree } from "../../bench/synthetic-tree.ts";
import { generateKeyPair } from "../../src/lab/key-pair.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

/** Simulated hosts, which `npm run bench fleet` measures the controller with. */
const COUNT = 20;
const SITE = `
- name: Fleet
  hosts: all
  gather_facts: true
  modules: tree
  steps:
    - { name: Node, run: "erlang:node()" }
    - { name: Facts, assert: 'facts.architecture == "x86_64"' }
    - { name: Tree, push: ${nameOf(0)} }
    - { name: Held, run: "fleet:held()" }
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
  const addresses = Array.from({ length: COUNT }, (_, index) => `127.1.0.${index + 1}`);
  workspace = await openWorkspace({
    all: {
      hosts: Object.fromEntries(addresses.map((address) => [`host-${address}`, { fusion_host: address }])),
      vars: {
        fusion_port: hosts.port,
        fusion_user: "anyone",
        fusion_private_key_file: "id",
        fusion_known_hosts_file: "known_hosts",
      },
    },
  });
  const known = addresses.map((address) => `[${address}]:${hosts.port} ${hostKey.publicKey}\n`);
  await workspace.write({ "site.yml": SITE, id: userKey.privateKey, known_hosts: known.join("") });
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
