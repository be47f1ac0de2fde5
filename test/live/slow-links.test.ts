// Messages that are long on their way, over links that work and are slow: nobody takes that for a link that is lost.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFaultyProxy, type FaultyProxy } from "./faulty-proxy.ts";
import { hostThrough } from "./host-through.ts";
import { leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

const MB = 1_000_000;
const TIMEOUT_MS = 300_000;
/** A node of OTP waits for 60 to 90 s for something to come, once something has come. */
const TICK_TIME_S = 100;
/** A host waits for 20 s for something to come over its link. */
const SILENCE_S = 20;
/** A connection is lost when nothing came for four times as long as `ServerAliveInterval`. */
const ALIVE_INTERVAL_S = 2;

/** How fast the links are, and how long the argument and the result of a step on the host. */
const HOSTS = {
  argument: { bytesPerSecond: MB / 10, taken: (TICK_TIME_S * MB) / 10, given: 1 },
  // Less than is kept, and more than the sockets on the way take at once.
  result: { bytesPerSecond: MB / 4, taken: 1, given: ((TICK_TIME_S + 25) * MB) / 4 },
  // More than is kept for a link that was lost, and then sent again.
  again: { bytesPerSecond: MB, taken: 1, given: 45 * MB },
  crawl: { bytesPerSecond: 8000, taken: 8000 * (SILENCE_S + 10), given: 1 },
  // A server says what it has taken after each 96 KiB, which here is more often than the interval times four.
  probed: { bytesPerSecond: 40_000, taken: 40_000 * (4 * ALIVE_INTERVAL_S + 12), given: 1 },
} as const;

const proxies = new Map<string, FaultyProxy>();
let sshd: Sshd;
let workspace: Workspace;
let played: Played;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace();
  const hosts: Record<string, unknown> = {};
  for (const [name, { bytesPerSecond, taken, given }] of Object.entries(HOSTS)) {
    const proxy = await startFaultyProxy(sshd, { bytesPerSecond });
    proxies.set(name, proxy);
    hosts[name] = { ...(await hostThrough(proxy, { sshd, folder: workspace.folder })), taken, given };
  }
  hosts["probed"] = { ...(hosts["probed"] as object), fusion_host: "probed" };
  await workspace.write({
    "home/.ssh/config": `Host probed\n  HostName 127.0.0.1\n  ServerAliveInterval ${ALIVE_INTERVAL_S}\n`,
    "hosts.yml": { all: { hosts } },
    "site.ts": `
export default {
  name: "Long",
  hosts: "all",
  async steps(host) {
    const { taken, given } = host.vars;
    const options = { timeout: "4m", no_log: true };
    await host.run("erlang:node()");
    const bytes = new Uint8Array(taken);
    const size = await host.run({ module: "erlang", function: "byte_size", args: [bytes] }, { ...options, name: "Take" });
    host.assert(size === taken, "all of the argument came");
    const copy = { module: "binary", function: "copy", args: ["x", given] };
    const result = await host.run(copy, { ...options, name: "Give by " + host.name });
    host.assert(result === "x".repeat(given), "all of the result came");
  },
};
`,
  });
  const playing = workspace.startPlay("site.ts");
  await playing.said("Give by again");
  await sleep(5000);
  proxies.get("again")?.cut();
  played = await playing.ended;
}, TIMEOUT_MS);

afterAll(async () => {
  for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test.each([
  ["an argument that is longer on its way than a node may be silent", "argument"],
  ["a result that is longer on its way than a node may be silent", "result"],
  ["what is sent again over a new connection, and takes longer than a host waits for us", "again"],
  ["an argument that probes of the connection wait behind", "probed"],
  ["a frame at 64 kbit/s, in the time in which a host has to hear of us", "crawl"],
] as const)("%s arrives", (_, name) => {
  const report = hostReport(played, name);
  expect(report.steps.map((step) => step.error)).toEqual([null, null, null, null, null]);
  expect(report.status).toBe("ok");
  expect(report.reconnected).toBe(name === "again" ? 1 : undefined);
});

test("nothing is left on the hosts", async () => {
  expect(await leftOn(sshd)).toEqual([]);
});
