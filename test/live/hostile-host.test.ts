import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

const MODULE = join(import.meta.dirname, "..", "fixtures", "live", "hostile.erl");

let sshd: Sshd;
let workspace: Workspace;

/** What ends the connection of the host that sends it, and what is said of it. */
const ATTACKS: Readonly<Record<string, RegExp>> = {
  "giant-atom": /255 characters/,
  deep: /nests deeper than 512/,
  large: /bytes of memory/,
  length: /4294967295 bytes/,
  tick: /type 0/,
  garbage: /type 255/,
};

beforeAll(async () => {
  sshd = await startSshd();
  const names = [...Object.keys(ATTACKS), "drip", "asks", "honest", "neighbour"];
  workspace = await openWorkspace({
    all: { hosts: Object.fromEntries(names.map((name) => [name, hostOf(sshd)])) },
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

describe("hosts whose node sends what no node sends", () => {
  let played: Played;
  /** The most that the controller took, in MiB. */
  let peak = 0;

  beforeAll(async () => {
    await workspace.write({
      "hostile.yml": `
- hosts: all:!neighbour
  modules: ["${MODULE}"]
  steps:
    - { name: Ask, run: "hostile:asks(500)", when: host.name == 'asks', timeout: 60s }
    - { name: Drip, run: "hostile:attack(<<\\"drip\\">>)", when: host.name == 'drip', timeout: 3s }
    - { name: Attack, run: "hostile:attack(\${{ host.name }})", when: "!(host.name in ['asks', 'drip', 'honest'])", timeout: 60s }
    - { name: Answer, run: "erlang:abs(-7)", loop: "\${{ [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }}" }
`,
    });
    const playing = workspace.startPlay("hostile.yml");
    let isOver = false;
    const sampling = (async () => {
      for (; !isOver; await sleep(50)) {
        const status = await readFile(`/proc/${playing.pid}/status`, "utf8").catch(() => "");
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
      }
    })();
    played = await playing.ended;
    isOver = true;
    await sampling;
  });

  test.each(Object.entries(ATTACKS))("%s makes its host unreachable, with what was wrong", (host, why) => {
    const { status, error, steps } = hostReport(played, host);
    expect([status, error?.code]).toEqual(["unreachable", "NODE_LOST"]);
    expect(error?.message).toMatch(why);
    expect(steps.at(-1)).toMatchObject({ name: "Attack", status: "failed" });
  });

  test("a message that never comes to its end is ended by the timeout of the step", () => {
    const { steps } = hostReport(played, "drip");
    expect(steps.find(({ name }) => name === "Drip")).toMatchObject({
      status: "failed",
      error: { code: "TIMEOUT" },
    });
  });

  test("spawns, links, exits, calls and forged replies are nothing to us, however many", () => {
    const { status, steps } = hostReport(played, "asks");
    expect(status).toBe("ok");
    const [rpc, erpc] = (steps[0]?.result ?? []) as unknown[];
    expect(JSON.stringify(rpc)).toContain("badrpc");
    expect(JSON.stringify(erpc)).toContain("notsup");
  });

  test("the host beside them ends ok, and the controller as it should", () => {
    expect(hostReport(played, "honest")).toMatchObject({ status: "ok", error: null });
    expect(played.exitCode, played.stderr).toBe(6);
    expect(played.stderr).toBe("");
  });

  test.runIf(process.platform === "linux")("the memory of the controller stays bounded", () => {
    expect(peak).toBeGreaterThan(30);
    expect(peak).toBeLessThan(1500);
  });

  test("nothing stays on the hosts", async () => {
    expect(await leftOn(sshd)).toEqual([]);
  });
});

test("hosts do not reach each other through us, and nobody is heard at our node's port", async () => {
  const files = ["name", "seen"].map((name) => `"${join(workspace.folder, name)}"`).join(", ");
  await workspace.write({
    "around.yml": `
- hosts: honest,neighbour
  modules: ["${MODULE}"]
  steps:
    - { name: Be there, when: host.name == 'neighbour', run: 'hostile:is_there(${files})' }
    - { name: Look around, when: host.name == 'honest', run: 'hostile:looks_around(${files})' }
`,
  });
  const played = await workspace.play("around.yml");
  expect(played.exitCode, played.stderr + played.stdout).toBe(0);
  const look = hostReport(played, "honest").steps.find(({ name }) => name === "Look around");
  expect(look?.result).toEqual({
    names: 2,
    knows_other: false,
    port_of_other: "noport",
    connects_to_other: false,
    our_node_says: ["error", "closed"],
    nodes: 1,
  });
});
