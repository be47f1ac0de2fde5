// Runs at which something goes wrong at a moment that chance picks: a signal, a cut, a network that stalls or is
// slow. FUSION_FAULTED_RUNS says how many; `npm run test:faults` makes two hundred.
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFaultyProxy, type FaultyProxy, type FaultyProxyOptions } from "./faulty-proxy.ts";
import { hostThrough } from "./host-through.ts";
import { leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, openWorkspace, type Played, type Playing, type Workspace } from "./workspace.ts";

const RUNS = Number(process.env["FUSION_FAULTED_RUNS"] ?? 8);
/** A run that takes longer hangs; the slowest link makes one of about twenty seconds. */
const LONGEST_MS = 240_000;
/** Runs without a fault take about so long, so this is where most of the moments lie within one. */
const MOMENTS_MS = 2500;

/** What goes wrong, and how the run may end. */
interface Fault {
  readonly name: string;
  readonly link?: FaultyProxyOptions;
  strike?(playing: Playing, proxy: FaultyProxy): void | Promise<void>;
  /** Exit codes that the run may have; null for one that a signal ended. */
  readonly exitCodes: readonly (number | null)[];
  /** How the host behind the proxy may end, in a run that left a report. */
  readonly ends: readonly string[];
  /** Whether the host can be reached again at once. */
  readonly comesBack?: true;
}

let sshd: Sshd;
let workspace: Workspace;

/** Signals may come before the run has begun, and after it has ended. */
const FAULTS: readonly Fault[] = [
  { name: "a slow answer", link: { delayMs: 300 }, exitCodes: [0], ends: ["ok"] },
  { name: "64 kbit/s", link: { bytesPerSecond: 8000 }, exitCodes: [0], ends: ["ok"] },
  { name: "a stall", strike: (_, proxy) => proxy.stall(2000), exitCodes: [0], ends: ["ok"] },
  {
    name: "a cut",
    strike: (_, proxy) => proxy.cut(),
    exitCodes: [0, 4],
    ends: ["ok", "unreachable"],
    comesBack: true,
  },
  {
    name: "sshd's processes killed",
    strike: () => sshd.killConnections(),
    exitCodes: [0, 4],
    ends: ["ok", "unreachable"],
    comesBack: true,
  },
  {
    name: "SIGINT",
    strike: ({ kill }) => kill("SIGINT"),
    exitCodes: [0, 130, null],
    ends: ["ok", "cancelled", "failed", "skipped"],
  },
  {
    name: "SIGTERM",
    strike: ({ kill }) => kill("SIGTERM"),
    exitCodes: [0, 143, null],
    ends: ["ok", "cancelled", "failed", "skipped"],
  },
  { name: "SIGKILL", strike: ({ kill }) => kill("SIGKILL"), exitCodes: [0, null], ends: ["ok"] },
];

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace();
  await workspace.write({
    "counter.erl":
      '-module(counter).\n-export([twice/2]).\ntwice(File, Number) -> ok = file:write_file(File, io_lib:format("~p~n", [Number]), [append]), timer:sleep(50), io:format("~p~n", [Number]), 2 * Number.\n',
    "site.yml": `
- hosts: all
  modules: counter.erl
  vars: { file: "\${{ vars.counts }}-\${{ host.name }}" }
  steps:
    - { name: Each, run: "counter:twice(\${{ vars.file }}, \${{ item }})", loop: [1, 2, 3], register: each }
    - { name: Sum, assert: "each == [2, 4, 6]" }
    - { name: One, run: "counter:twice(\${{ vars.file }}, 21)" }
    - block: [{ name: Two, run: "counter:twice(\${{ vars.file }}, 22)" }]
      always: [{ name: Last, run: "counter:twice(\${{ vars.file }}, 23)" }]
`,
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** The numbers with which each step calls. */
const CALLS: Readonly<Record<string, readonly number[]>> = {
  Each: [1, 2, 3],
  One: [21],
  Two: [22],
  Last: [23],
};

const RESULTS: Readonly<Record<string, unknown>> = { Each: [2, 4, 6], One: 42, Two: 44, Last: 46 };

/** A number from 0 to 1 that is the same in every test run. */
function chance(index: number): number {
  const wave = Math.sin((index + 1) * 12.9898) * 43_758.5453;
  return wave - Math.floor(wave);
}

/** Whatever went wrong: what is told as done has been done, and the other host has nothing to do with it. */
function checkReport({ report, exitCode }: Played, { ends, comesBack }: Fault): void {
  const hosts = report?.plays[0]?.hosts ?? {};
  for (const { steps } of Object.values(hosts)) {
    for (const { name, status, result } of steps) {
      if (status === "ok" && name in RESULTS) expect([name, result]).toEqual([name, RESULTS[name]]);
    }
  }
  const one = hosts["one"];
  if (one !== undefined) expect(ends).toContain(one.status);
  // A host that was up and could be reached again was lost for nobody.
  if (comesBack === true && (one?.runtime ?? null) !== null) expect(one?.status).toBe("ok");
  if (exitCode === 0) expect(one?.steps.map(({ status }) => status)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
  if (exitCode === 4) expect([one?.status, hosts["two"]?.status]).toEqual(["unreachable", "ok"]);
}

/** No call was made twice, whatever went wrong, and those that are told as done were made. */
async function checkCounts({ report }: Played, counts: string): Promise<void> {
  for (const host of ["one", "two"]) {
    const text = await readFile(`${counts}-${host}`, "utf8").catch(() => "");
    const made = text
      .split("\n")
      .filter((line) => line !== "")
      .map(Number);
    expect(made, `a call on ${host} was made twice`).toEqual([...new Set(made)]);
    for (const { name, status } of report?.plays[0]?.hosts[host]?.steps ?? []) {
      if (status === "ok") expect(made).toEqual(expect.arrayContaining([...(CALLS[name] ?? [])]));
    }
  }
}

const runs = Array.from({ length: RUNS }, (_, index) => ({ index, fault: FAULTS[index % FAULTS.length] }));

test.each(runs)(
  "run $index ends in order, tells the truth and leaves nothing: $fault.name",
  { timeout: LONGEST_MS + 60_000 },
  async ({ index, fault }) => {
    if (fault === undefined) throw new Error("there is no fault");
    await using proxy = await startFaultyProxy(sshd, fault.link);
    // The other host has a server of its own where all connections of one are killed.
    await using other = await startSshd();
    const one = await hostThrough(proxy, { sshd, folder: workspace.folder });
    await workspace.write({ "hosts.yml": { all: { hosts: { one, two: hostOf(other) } } } });
    const counts = `${workspace.folder}/counts-${index}`;
    const playing = workspace.startPlay("site.yml", "-e", `counts=${counts}`);
    const struck = sleep(chance(index) * MOMENTS_MS).then(() => fault.strike?.(playing, proxy));
    const ended = await Promise.race([playing.ended, sleep(LONGEST_MS)]);
    await struck;
    expect(ended, "the run hangs").toBeDefined();
    const played = await playing.ended;
    expect(fault.exitCodes, played.stderr).toContain(played.exitCode);
    checkReport(played, fault);
    await checkCounts(played, counts);
    expect(await leftOn(sshd)).toEqual([]);
    expect(await leftOn(other)).toEqual([]);
    expect(await readdir(sshd.home)).toEqual([]);
  },
);
