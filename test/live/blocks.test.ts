import { afterAll, beforeAll, expect, test } from "vitest";
import { startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;
let played: Played;

const SITE = `
- name: Rescue
  hosts: one
  steps:
    - block:
        - { name: Slow, run: "timer:sleep(infinity)", timeout: 300ms }
        - { name: Never, run: "erlang:node()" }
      rescue:
        - { name: Why, assert: failed_step.name == "Slow" && failed_result.code == "TIMEOUT" }
        - { name: Raises, run: "erlang:error(why)", ignore_errors: true }
      always:
        - { name: Last, run: "erlang:node()" }
    - { name: Goes on, run: "erlang:node()" }
- name: Shipped by a rescue
  hosts: one
  modules: probe.erl
  steps:
    - block: [{ name: Fails, run: "erlang:error(why)" }]
      rescue: [{ name: Probe, run: "probe:value()" }]
- name: Lost
  hosts: one
  steps:
    - block: [{ name: Halts, run: "erlang:halt()" }]
      rescue: [{ name: Never, run: "erlang:node()" }]
      always: [{ name: Never, run: "erlang:node()" }]
`;

const STOPPED = `
- name: Stopped
  hosts: all
  steps:
    - block:
        - name: Wait
          eval:
            erlang: io:format("waiting on ~s~n", [Host]), timer:sleep(infinity)
            bindings: { Host: "\${{ host.name }}" }
      rescue: [{ name: Never, run: "erlang:node()" }]
      always:
        - { name: End, run: "erlang:node()" }
        - { name: Slow end, run: "timer:sleep(200)" }
    - { name: Not any more, run: "erlang:node()" }
`;

beforeAll(async () => {
  sshd = await startSshd();
  workspace = await openWorkspace({ all: { hosts: { one: hostOf(sshd), two: hostOf(sshd) } } });
  await workspace.write({
    "site.yml": SITE,
    "stopped.yml": STOPPED,
    "probe.erl": "-module(probe).\n-export([value/0]).\nvalue() -> 42.\n",
  });
  played = await workspace.play("site.yml");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

function steps(of: Played, host: string, play = 0): string[] {
  return hostReport(of, host, play).steps.map(
    ({ name, status, rescued }) => `${name}: ${rescued ? "rescued" : status}`,
  );
}

test("a step whose time was up is rescued, and the host goes on after always", () => {
  expect(hostReport(played, "one").status).toBe("ok");
  expect(steps(played, "one")).toEqual([
    "Slow: rescued",
    "Why: ok",
    "Raises: ignored",
    "Last: ok",
    "Goes on: ok",
  ]);
});

test("code that only a rescue needs is shipped when it is run, and a dry run tells of it", async () => {
  const [fails, probe] = hostReport(played, "one", 1).steps;
  expect(fails).toMatchObject({ status: "failed", rescued: true, pushed: [] });
  expect(probe).toMatchObject({ status: "ok", result: 42, pushed: [{ module: "probe" }] });
  const { report } = await workspace.playDry("site.yml");
  const dry = report?.plays[1]?.hosts["one"]?.steps[1];
  expect(dry).toMatchObject({
    name: "Probe",
    would_push: [{ module: "probe" }],
    unknown: "whether it runs: where a step of its block fails",
  });
});

test("a host that is lost in a block is unreachable", () => {
  expect(hostReport(played, "one", 2)).toMatchObject({ status: "unreachable", error: { code: "NODE_LOST" } });
  expect(steps(played, "one", 2)).toEqual(["Halts: failed"]);
  expect(played.exitCode).toBe(4);
});

test("what a block began is brought to an end on every host when SIGINT stops the run", async () => {
  const playing = workspace.startPlay("stopped.yml");
  await Promise.all(["one", "two"].map((host) => playing.said(`waiting on ${host}`)));
  playing.kill("SIGINT");
  const stopped = await playing.ended;
  expect(stopped.exitCode).toBe(130);
  for (const host of ["one", "two"]) {
    expect(steps(stopped, host)).toEqual(["Wait: failed", "End: ok", "Slow end: ok"]);
    expect(hostReport(stopped, host)).toMatchObject({ status: "cancelled", error: { code: "CANCELLED" } });
  }
});

test("--list-steps shows the steps of blocks below them, and --dry-run lists them all", async () => {
  const { stdout } = await workspace.run("stopped.yml", "-i", "hosts.yml", "--list-steps");
  expect(stdout).toBe(`Stopped (all):
  block:
    Wait
  rescue:
    Never
  always:
    End
    Slow end
  Not any more
`);
});
