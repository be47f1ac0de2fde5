import { afterAll, beforeAll, expect, test } from "vitest";
import { leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, openWorkspace, type Played, type Workspace } from "./workspace.ts";

/** As many as sshd's default MaxStartups, "10:30:100", begins to refuse, and more. */
const HOSTS = Array.from({ length: 20 }, (_, index) => `alias${index + 1}`);
let sshd: Sshd;
let workspace: Workspace;

beforeAll(async () => {
  sshd = await startSshd({ config: ["MaxStartups 10:30:100"] });
  workspace = await openWorkspace({
    all: { hosts: Object.fromEntries(HOSTS.map((name) => [name, hostOf(sshd)])) },
  });
  await workspace.write({
    "site.yml": `
- hosts: all
  strategy: linear
  steps:
    - { name: Node, run: "erlang:node()" }
`,
    // Longer than what lies between the ends of two boots that began together.
    "slow.yml": `[{ hosts: all, steps: [{ name: Wait, run: "timer:sleep(2000)" }] }]`,
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** The largest number of hosts that had begun and not yet ended. */
function mostAtOnce({ events }: Played): number {
  const under = new Set<string>();
  let most = 0;
  for (const { type, host } of events) {
    if (host === undefined) continue;
    if (type === "host_finished") under.delete(host);
    else under.add(host);
    most = Math.max(most, under.size);
  }
  return most;
}

test("twenty hosts behind one sshd with its default MaxStartups all connect, each to its own BEAM", async () => {
  const played = await workspace.play("site.yml");
  expect(played.exitCode, played.stderr).toBe(0);
  const hosts = played.report?.plays[0]?.hosts ?? {};
  expect(Object.keys(hosts)).toEqual(HOSTS);
  const nodes = Object.values(hosts).map(({ steps }) => steps[0]?.result as string);
  expect(new Set(nodes).size).toBe(HOSTS.length);
  expect(sshd.log()).not.toMatch(/drop connection|beginning MaxStartups/);
  // With linear, none of them begins its step before all are connected.
  expect(mostAtOnce(played)).toBe(HOSTS.length);
  expect(await leftOn(sshd)).toEqual([]);
});

test("-c 2 never works on more than two hosts at once", async () => {
  const played = await workspace.play("slow.yml", "-c", "2", "--limit", HOSTS.slice(0, 5).join(","));
  expect(played.exitCode, played.stderr).toBe(0);
  expect(Object.keys(played.report?.plays[0]?.hosts ?? {})).toHaveLength(5);
  expect(mostAtOnce(played)).toBe(2);
});
