import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;
let played: Played;

const SITE = `
- name: Ignored
  hosts: all
  order: sorted
  ignore_unreachable: true
  steps:
    - { name: Halts, run: "erlang:halt()", when: host.name == "one" }
    - { name: Node, run: "erlang:node()" }
- name: Halted
  hosts: two
  steps:
    - block: [{ name: Halts, run: "erlang:halt()" }]
      ignore_unreachable: true
- name: Once
  hosts: one,two
  modules: counter.erl
  steps:
    - { name: Node, run: "erlang:node()" }
    - { name: Once, run: "counter:pid()", run_once: true, register: pid }
    - { name: Throttled, run: "counter:same(\\"\${{ pid }}\\")", throttle: 1 }
- name: Fatal
  hosts: one,two
  order: reverse_sorted
  serial: 1
  any_errors_fatal: true
  steps:
    - { name: Node, run: "erlang:node()" }
    - { name: Fails, fail: enough }
- name: Later
  hosts: one
  steps: [{ name: Node, run: "erlang:node()" }]
`;

const COUNTER = `-module(counter).
-export([pid/0, same/1]).
pid() -> list_to_binary(os:getpid()).
same(Pid) -> os:getpid() =:= Pid.
`;

beforeAll(async () => {
  sshd = await startSshd();
  const nobody = { ...hostOf(sshd), fusion_port: await freePort(sshd.address) };
  workspace = await openWorkspace({ all: { hosts: { two: hostOf(sshd), one: hostOf(sshd), nobody } } });
  await workspace.write({ "site.yml": SITE, "counter.erl": COUNTER });
  played = await workspace.play("site.yml");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

function hosts(play: number): string[] {
  return Object.entries(played.report?.plays[play]?.hosts ?? {}).map(
    ([name, { status, ignored }]) => `${name}: ${status}${ignored === true ? ", ignored" : ""}`,
  );
}

test("hosts that cannot be reached or are lost do not count with ignore_unreachable, and come back", () => {
  expect(hosts(0)).toEqual(["nobody: unreachable, ignored", "one: unreachable, ignored", "two: ok"]);
  expect(hosts(1)).toEqual(["two: unreachable, ignored"]);
  expect(hostReport(played, "two", 3).steps[0]).toMatchObject({ name: "Node", status: "ok" });
});

test("run_once calls on one host, whose name the other's report has, and both have its result", () => {
  const ends = ["one", "two"].map((name) => hostReport(played, name, 2).steps);
  expect(ends.map(([, once]) => once?.status)).toEqual(["ok", "ok"]);
  expect(ends[0]?.[1]?.result).toBe(ends[1]?.[1]?.result);
  const runner = ends[0]?.[1]?.ran_on === undefined ? 0 : 1;
  expect(ends[1 - runner]?.[1]).toMatchObject({ ran_on: ["one", "two"][runner], pushed: [] });
  expect(ends[runner]?.[1]?.pushed).toMatchObject([{ module: "counter" }]);
  expect(ends[runner]?.[2]?.result).toBe(true);
  expect(ends[1 - runner]?.[2]?.result).toBe(false);
});

test("any_errors_fatal ends the play and the run, in the order that order says", () => {
  expect(hosts(3)).toEqual(["two: failed", "one: skipped"]);
  expect(played.report?.plays).toHaveLength(4);
  expect(played.exitCode).toBe(2);
});
