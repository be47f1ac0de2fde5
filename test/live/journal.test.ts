// Runs whose controller is killed at a moment that chance picks: what their journals tell, and what becomes of them
// when they are resumed, must agree with what the hosts have really done. `npm run test:faults` makes fifty.
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leftOn } from "./processes.ts";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, openWorkspace, type Played, type Workspace } from "./workspace.ts";
import { readReport, type WrittenReport } from "./written-by-run.ts";

const RUNS = process.env["FUSION_FAULTED_RUNS"] === undefined ? 10 : 50;
/** Runs that nobody kills take about so long. */
const MOMENTS_MS = 2500;
const STEPS = ["one", "two", "three", "four", "five"];
const HOSTS = ["web1", "web2"];

let sshd: Sshd;
let workspace: Workspace;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({
    all: { hosts: Object.fromEntries(HOSTS.map((name) => [name, hostOf(sshd)])) },
  });
  const steps = STEPS.map(
    (name) => `- { name: ${name}, run: 'note:down(\${{ host.name }}, <<"${name}">>)', register: last }`,
  );
  await workspace.write({
    "note.erl": `
-module(note).
-export([down/2]).
down(Host, Step) ->
    ok = file:write_file("${workspace.folder}/log", [Host, $\\s, Step, $\\n], [append]),
    timer:sleep(100),
    Step.
`,
    "site.yml": `
- name: First
  hosts: all
  modules: note.erl
  steps:
    ${steps.slice(0, 3).join("\n    ")}
- name: Second
  hosts: all
  modules: note.erl
  steps:
    ${steps.slice(3).join("\n    ")}
    - { name: Kept, assert: "last == 'five'" }
`,
  });
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

/** A number from 0 to 1 that is the same in every test run. */
function chance(index: number): number {
  const wave = Math.sin((index + 1) * 78.233) * 43_758.5453;
  return wave - Math.floor(wave);
}

/** What the hosts have done, in order: `web1 one`. */
async function done(): Promise<string[]> {
  const text = await readFile(join(workspace.folder, "log"), "utf8").catch(() => "");
  return text.split("\n").slice(0, -1);
}

/** The report that a journal gives; undefined where the run was killed before it wrote anything. */
async function told(journal: string): Promise<WrittenReport | undefined> {
  const { size } = await stat(join(workspace.folder, journal)).catch(() => ({ size: 0 }));
  if (size === 0) return undefined;
  const { exitCode, stderr } = await workspace.run("report", journal, "--to", "json=told.json");
  expect([exitCode, stderr]).toEqual([0, ""]);
  return (await readReport(join(workspace.folder, "told.json"))) as WrittenReport;
}

/** The steps of a host that ended in a way. */
function stepsOf(report: WrittenReport | undefined, host: string, code?: string): string[] {
  return (report?.plays ?? [])
    .flatMap(({ hosts }) => hosts[host]?.steps ?? [])
    .filter(
      ({ name, status, error }) =>
        STEPS.includes(name) && (code === undefined ? status === "ok" : error?.code === code),
    )
    .map(({ name }) => name);
}

test.each(Array.from({ length: RUNS }, (_, index) => index))(
  "run %i that is killed is told as it was, and resumed where it was",
  { timeout: 180_000 },
  async (index) => {
    const journal = `run-${index}.journal`;
    await rm(join(workspace.folder, "log"), { force: true });
    const playing = workspace.startPlay("site.yml", "--journal", journal);
    await sleep(chance(index) * MOMENTS_MS);
    playing.kill("SIGKILL");
    await playing.ended;
    expect(await leftOn(sshd)).toEqual([]);

    const before = await done();
    const report = await told(journal);
    for (const host of HOSTS) {
      const really = before.filter((line) => line.startsWith(host)).map((line) => line.split(" ")[1]);
      const ok = stepsOf(report, host);
      const unknown = stepsOf(report, host, "OUTCOME_UNKNOWN");
      // What is told as done was done; of the one step under way it is not known.
      expect(really.slice(0, ok.length)).toEqual(ok);
      expect(unknown.length).toBeLessThanOrEqual(1);
      expect(unknown).toEqual(expect.arrayContaining(really.slice(ok.length)));
    }

    if (report === undefined) await rm(join(workspace.folder, journal), { force: true });
    const option = report === undefined ? "--journal" : "--resume";
    const resumed: Played = await workspace.play("site.yml", option, journal);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    const after = await done();
    for (const host of HOSTS) {
      const ok = new Set(stepsOf(report, host));
      const really = after.filter((line) => line.startsWith(host)).map((line) => line.split(" ")[1] ?? "");
      expect([...new Set(really)]).toEqual(STEPS);
      // Nothing was done twice but the step that was under way.
      const twice = really.filter((step, at) => really.indexOf(step) !== at);
      expect(stepsOf(report, host, "OUTCOME_UNKNOWN")).toEqual(expect.arrayContaining(twice));
      expect(twice.filter((step) => ok.has(step))).toEqual([]);
      expect(stepsOf(resumed.report, host)).toEqual(STEPS);
    }
    expect(stepsOf(await told(journal), "web1")).toEqual(STEPS);
  },
);

test("a journal that exists is not written over", async () => {
  await writeFile(join(workspace.folder, "there.journal"), "mine\n");
  const { exitCode, stderr } = await workspace.run(
    "site.yml",
    "-i",
    "hosts.yml",
    "--journal",
    "there.journal",
  );
  expect([exitCode, stderr]).toEqual([3, expect.stringMatching(/the file exists[\s\S]*--resume/)]);
  expect(await readFile(join(workspace.folder, "there.journal"), "utf8")).toBe("mine\n");
});

test("a disk that is full is told before the run", async () => {
  await rm(join(workspace.folder, "log"), { force: true });
  const { exitCode, stderr } = await workspace.run("site.yml", "-i", "hosts.yml", "--journal", "/dev/full");
  expect([exitCode, stderr]).toEqual([
    3,
    expect.stringMatching(/Cannot write the journal "\/dev\/full": ENOSPC/),
  ]);
  expect(await done()).toEqual([]);
});
