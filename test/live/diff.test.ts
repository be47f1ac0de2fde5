import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;
const played: Played[] = [];

const SITE = `
- name: Drift
  hosts: all
  gather_facts: false
  steps:
    - name: Read
      run: "file:read_file(\\"\${{ vars.file }}\\")"
    - name: Who
      eval: { erlang: '{self(), make_ref(), #{state => steady}}' }
`;

beforeAll(async () => {
  sshd = await startSshd();
  const host = hostOf(sshd);
  workspace = await openWorkspace({ all: { hosts: { web1: host, web2: host, web3: host } } });
  const file = (name: string): string => `${workspace.folder}/${name}`;
  await workspace.write({ "site.yml": SITE, state: "port 1\n", other: "port 1\n" });
  const plays = async (name: string): Promise<void> => {
    const extra = ["-e", `file=${file("state")}`];
    const run = await workspace.play("site.yml", ...extra);
    played.push(run);
    await workspace.write({ [name]: run.report });
  };
  await plays("one.json");
  await plays("two.json");
  await workspace.write({ state: "port 2\n" });
  await plays("three.json");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test("two runs on hosts that did not change are the same, and a change of a file is told once for all hosts", async () => {
  expect(played.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  const same = await workspace.run("diff", "one.json", "two.json");
  expect([same.exitCode, same.stderr]).toEqual([0, ""]);
  expect(same.stdout).toContain("No difference");
  const { exitCode, stdout } = await workspace.run("diff", "one.json", "three.json");
  expect(exitCode).toBe(1);
  expect(stdout.split("\n").slice(3)).toEqual([
    "PLAY Drift",
    "  Read",
    "    web[1-3] (3 hosts)",
    "      result",
    '        - {ok, <<"port 1\\n">>}',
    '        + {ok, <<"port 2\\n">>}',
    "",
    "3 hosts differ",
    "",
  ]);
});

test("--json has the same for programs", async () => {
  const { exitCode, stdout } = await workspace.run("diff", "one.json", "three.json", "--json");
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    same: false,
    after: { file: "three.json" },
    plays: [{ changes: [{ step: "Read", hosts: ["web1", "web2", "web3"], parts: [{ what: "result" }] }] }],
  });
});

test("what is no report of a run ends diff with 3, as bad usage does", async () => {
  await workspace.write({ "broken.json": '{ "version": 1,\n' });
  for (const files of [["one.json", "broken.json"], ["missing.json", "one.json"], ["one.json"]]) {
    const { exitCode, stdout, stderr } = await workspace.run("diff", ...files);
    expect([exitCode, stdout]).toEqual([3, ""]);
    expect(stderr).not.toBe("");
  }
});

test("a report tells when each host was connected and each step began, one after the other", () => {
  const { phases = [], steps } = hostReport(played[0] as Played, "web1");
  expect(phases.map(({ phase }) => phase)).toEqual([
    "connect",
    "authenticate",
    "tunnel",
    "boot",
    "handshake",
  ]);
  const starts = [...phases, ...steps].map(({ started_at }) => Date.parse(started_at ?? ""));
  expect(starts.toSorted((a, b) => a - b)).toEqual(starts);
  expect(starts[0]).toBeGreaterThanOrEqual(Date.parse(played[0]?.report?.started_at ?? ""));
  expect(steps[1]).toMatchObject({
    pushed: [expect.anything()],
    push_ms: expect.any(Number) as number,
  });
  expect(steps[1]?.push_ms).toBeLessThanOrEqual(steps[1]?.duration_ms ?? 0);
  expect(steps[0]).not.toHaveProperty("push_ms");
});
