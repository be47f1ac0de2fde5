import { OLDEST_OTP_OF_LINK } from "../../src/remote/link-protocol.ts";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Traffic } from "../../src/engine/remote-node.ts";
import { nothingLeft } from "./held-by-workspace.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

const HOSTS = ["one", "two"];
let sshd: Sshd;
let workspace: Workspace;
let played: Played;
/** The same plays, with the table in the end. */
let shown: string;

const SITE = `
- name: Counted
  hosts: one,two
  modules: counted.erl
  gather_facts: true
  steps:
    - { name: First, run: "erlang:node()" }
    - { name: Second, run: "erlang:node()" }
    - { name: Push, push: counted }
    - { name: Push again, push: counted }
    - { name: Call, run: "counted:twice(21)" }
    - { name: Loop, run: "counted:twice(\${{ item }})", loop: "\${{ [${Array.from({ length: 100 }, (_, index) => index).join()}] }}" }
    - { name: Nothing, assert: { that: "true" } }
- name: Later
  hosts: one,two
  modules: counted.erl
  steps:
    - { name: Ships nothing, run: "counted:twice(4)" }
`;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({
    all: {
      hosts: {
        one: hostOf(sshd),
        two: hostOf(sshd),
        stdio: hostOf(sshd, { fusion_transport: "stdio" }),
      },
    },
  });
  await workspace.write({
    "counted.erl": "-module(counted).\n-export([twice/1]).\ntwice(N) -> 2 * N.\n",
    "site.yml": SITE,
  });
  played = await workspace.play("site.yml", "--profile=roundtrips");
  expect(played.exitCode, played.stderr).toBe(0);
  shown = (await workspace.run("--profile=roundtrips", "site.yml", "-i", "hosts.yml")).stdout;
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** Round trips, messages to the host and from it. */
type Counts = readonly [roundTrips: number, sent: number, received: number];

function countsOf(traffic: Traffic | undefined): Counts {
  if (traffic === undefined) throw new Error("The traffic was not counted");
  const { round_trips, messages_sent, messages_received } = traffic;
  return [round_trips, messages_sent, messages_received];
}

function trafficOf(host: string, name: string, play = 0): Traffic {
  const step = hostReport(played, host, play).steps.find((one) => one.name === name);
  if (step?.traffic === undefined) throw new Error(`The traffic of "${name}" was not counted`);
  return step.traffic;
}

// docs/how-it-works.md tells what each of them is.
test("to connect takes as many round trips and messages as it did", () => {
  for (const host of HOSTS) {
    const phases = (hostReport(played, host).phases ?? []).map(({ phase, traffic }) => [
      phase,
      ...countsOf(traffic),
    ]);
    expect(phases).toEqual([
      ["connect", 3, 0, 0],
      ["authenticate", 3, 0, 0],
      ["tunnel", 1, 3, 3],
      ["boot", 2, 2, 3],
      ["handshake", 0, 4, 6],
    ]);
  }
});

describe("a run of one step", () => {
  const steps = "steps: [{ name: Alive, run: 'erlang:node()' }]";

  test.each([
    // Round trips and messages of the phase "tunnel", and messages of the handshake.
    { over: "tunnels", host: "one", times: 10, tunnel: [1, 3, 3], handshake: [4, 6] },
    // The relay comes first; what it opens goes over its standard input and output.
    { over: "standard input and output", host: "stdio", times: 11, tunnel: [2, 2, 2], handshake: [3, 5] },
  ])("waits for a host $times times over $over", async ({ host, times, tunnel, handshake }) => {
    await workspace.write({ "one.yml": `- hosts: ${host}\n  ${steps}\n` });
    const cold = await workspace.play("one.yml", "--profile=roundtrips");
    expect(cold.exitCode, cold.stderr).toBe(0);
    const { phases, traffic } = hostReport(cold, host);
    expect(phases?.slice(2).map(({ phase, traffic: taken }) => [phase, ...countsOf(taken)])).toEqual([
      ["tunnel", ...tunnel],
      ["boot", 2, 2, 3],
      ["handshake", 0, ...handshake],
    ]);
    expect(traffic?.total.round_trips).toBe(times);
  });

  test("waits for a host three times whose session is held", async () => {
    await workspace.write({ "one.yml": `- hosts: one\n  ${steps}\n` });
    const cold = await workspace.play("one.yml", "--profile=roundtrips", "--keep", "10m");
    const warm = await workspace.play("one.yml", "--profile=roundtrips", "--keep", "10m");
    await workspace.run("sessions", "stop");
    await nothingLeft(workspace, sshd);
    expect([cold.exitCode, warm.exitCode], cold.stderr + warm.stderr).toEqual([0, 0]);
    const { phases, traffic } = hostReport(warm, "one");
    expect(phases?.map(({ phase, traffic: taken }) => [phase, ...countsOf(taken)])).toEqual([
      ["connect", 0, 0, 0],
      ["handshake", 2, 4, 6],
    ]);
    expect(countsOf(traffic?.total)).toEqual([3, 5, 8]);
  });
});

test("a step takes one round trip, a push two, one that ships nothing one, facts one, a loop of 100 one", () => {
  for (const host of HOSTS) {
    const counts = (name: string, play?: number): Counts => countsOf(trafficOf(host, name, play));
    // A request and its result are three messages, as the host tells which process does it.
    expect(counts("First")).toEqual([1, 1, 2]);
    expect(counts("Second")).toEqual([1, 1, 2]);
    expect(counts("Push")).toEqual([2, 2, 4]);
    expect(counts("Push again")).toEqual([1, 1, 2]);
    expect(counts("Call")).toEqual([1, 1, 2]);
    expect(counts("Loop")).toEqual([1, 1, 2]);
    expect(counts("Nothing")).toEqual([0, 0, 0]);
    expect(counts("Ships nothing", 1)).toEqual([1, 1, 2]);
    expect(countsOf(hostReport(played, host).traffic?.facts)).toEqual([1, 1, 2]);
    // Nothing went on beside what the parts have counted.
    expect(countsOf(hostReport(played, host).traffic?.total)).toEqual([17, 17, 28]);
    expect(countsOf(hostReport(played, host, 1).traffic?.total)).toEqual([1, 1, 2]);
  }
});

test("a step with run_once counts for the host that does it, and is nothing for the others", async () => {
  await workspace.write({
    "once.yml": `
- hosts: one,two
  modules: counted.erl
  steps:
    - { name: Before, run: "erlang:node()" }
    - { name: Once, run: "counted:twice(1)", run_once: true }
    - { name: After, run: "counted:twice(2)" }
`,
  });
  const once = await workspace.play("once.yml", "--profile=roundtrips");
  expect(once.exitCode, once.stderr).toBe(0);
  const steps = HOSTS.map((host) => hostReport(once, host).steps);
  const [runner = [], other = []] = steps[0]?.[1]?.ran_on === undefined ? steps : steps.toReversed();
  expect(runner.map(({ traffic }) => countsOf(traffic))).toEqual([
    [1, 1, 2],
    [3, 3, 6],
    [1, 1, 2],
  ]);
  expect(runner[1]?.push_traffic?.round_trips).toBe(2);
  // What the other one has of it is the end alone; so its next step ships what it needs.
  expect(other.map(({ traffic }) => countsOf(traffic))).toEqual([
    [1, 1, 2],
    [0, 0, 0],
    [3, 3, 6],
  ]);
  expect(other[1]).not.toHaveProperty("push_traffic");
  expect(other[1]?.ran_on).toMatch(/^(one|two)$/);
});

describe("an application with a module and two files", () => {
  test.each([
    // What the host has of applications; the files, resource and environment; which modules it lacks; these; the start.
    { files: "small", bytes: 1000, times: 5 },
    // Besides, the folders and the upload.
    { files: "large", bytes: 300_000, times: 7 },
  ])("waits for a host $times times where they are $files, and twice where it has them", async (given) => {
    const app = `{application, filed, [{vsn, "1"}, {modules, [filed]}, {applications, [kernel, stdlib]}]}.`;
    const priv = `apps-${given.files}/filed/priv`;
    await workspace.write({
      [`apps-${given.files}/filed/ebin/filed.app`]: app,
      [`apps-${given.files}/filed/filed.erl`]: "-module(filed).\n-export([n/0]).\nn() -> 1.\n",
      [`${priv}/one`]: "1".repeat(given.bytes),
      [`${priv}/two`]: "2",
      "app.yml": `- hosts: one
  modules: apps-${given.files}/filed/ebin
  steps:
    - { name: Ship, push: { app: filed, start: true } }
    - { name: Again, push: { app: filed, start: true } }
`,
    });
    const folder = join(workspace.folder, `apps-${given.files}/filed`);
    execFileSync("erlc", ["-o", join(folder, "ebin"), join(folder, "filed.erl")]);
    const shipped = await workspace.play("app.yml", "--profile=roundtrips");
    expect(shipped.exitCode, shipped.stderr).toBe(0);
    const { steps } = hostReport(shipped, "one");
    expect(steps.map(({ pushed_files: files }) => files.length)).toEqual([3, 0]);
    expect(steps.map(({ traffic }) => traffic?.round_trips)).toEqual([given.times, 2]);
  });
});

/** The relay on the host makes one frame of what it gets, or two; and acknowledgements and ticks come in between. */
const SLACK_BYTES = 64;

test("what is sent and received has the size that it had", () => {
  for (const host of HOSTS) {
    const expectBytes = (name: string, sent: number, received: number): void => {
      const { bytes_sent, bytes_received } = trafficOf(host, name);
      expect(bytes_sent - sent, `sent for ${name}`).toBeGreaterThanOrEqual(0);
      expect(bytes_sent - sent, `sent for ${name}`).toBeLessThanOrEqual(SLACK_BYTES);
      expect(bytes_received - received, `received for ${name}`).toBeGreaterThanOrEqual(0);
      expect(bytes_received - received, `received for ${name}`).toBeLessThanOrEqual(SLACK_BYTES);
    };
    expectBytes("First", 284, 415);
    expectBytes("Second", 284, 415);
    expectBytes("Push again", 364, 388);
    expectBytes("Call", 289, 391);
    expectBytes("Nothing", 0, 0);
    // Compilers and machines differ.
    const { bytes_sent } = trafficOf(host, "Push");
    expect(bytes_sent).toBeLessThan(1500);
    // 65 bytes a call.
    expect(trafficOf(host, "Loop").bytes_sent).toBeLessThan(800);
    expect(trafficOf(host, "Loop").bytes_received).toBeLessThan(6800);
    expect(hostReport(played, host).traffic?.facts?.bytes_sent).toBeLessThan(10_000);
    // A release that does not load the module of the link is sent its forms.
    const { runtime, traffic } = hostReport(played, host);
    const forms = Number(runtime?.otp) < OLDEST_OTP_OF_LINK ? 6000 : 0;
    expect(traffic?.total.bytes_sent).toBeLessThan(37_000 + forms);
  }
});

test("--profile=roundtrips shows parts in their order, hosts that are alike together, and totals", () => {
  const lines = shown.split("\n");
  const from = lines.indexOf("ROUND TRIPS");
  const table = lines.slice(from + 1, lines.indexOf("", from));
  const rows = table.map((line) =>
    line
      .trim()
      .replaceAll(/ {2,}/g, "|")
      .replaceAll(/\([^)]*\)/g, "()"),
  );
  expect(rows).toEqual([
    "HOSTS|ROUND TRIPS|SENT|RECEIVED",
    "Counted | connecting: connect|2|3|0 ()|0 ()|one, two",
    "Counted | connecting: authenticate|2|3|0 ()|0 ()|one, two",
    "Counted | connecting: tunnel|2|1|3 ()|3 ()|one, two",
    "Counted | connecting: boot|2|2|2 ()|3 ()|one, two",
    "Counted | connecting: handshake|2|0|4 ()|6 ()|one, two",
    "Counted | facts|2|1|1 ()|2 ()|one, two",
    "Counted | First|2|1|1 ()|2 ()|one, two",
    "Counted | Second|2|1|1 ()|2 ()|one, two",
    "Counted | Push|2|2|2 ()|4 ()|one, two",
    "Counted | Push again|2|1|1 ()|2 ()|one, two",
    "Counted | Call|2|1|1 ()|2 ()|one, two",
    "Counted | Loop|2|1|1 ()|2 ()|one, two",
    "Counted | Nothing|2|0|0 ()|0 ()|one, two",
    "Later | Ships nothing|2|1|1 ()|2 ()|one, two",
    "Counted | total of a host|2|17|17 ()|28 ()|one, two",
    "Later | total of a host|2|1|1 ()|2 ()|one, two",
  ]);
});

test("without --profile=roundtrips nothing is counted in the report", async () => {
  const plain = await workspace.play("site.yml");
  expect(plain.exitCode, plain.stderr).toBe(0);
  expect(JSON.stringify(plain.report)).not.toContain("traffic");
});
