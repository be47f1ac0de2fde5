import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, startSshd, type Sshd } from "./sshd.ts";
import { hostOf, hostReport, openWorkspace, type Played, type Workspace } from "./workspace.ts";

let sshd: Sshd;
let workspace: Workspace;
let played: Played;

const SITE = `
- name: Linear
  hosts: one,two
  strategy: linear
  modules: counter.erl
  steps:
    - { name: Slow, run: "timer:sleep(300)", when: host.name == "one" }
    - { name: Clock, run: "erlang:system_time()" }
    - { name: Elsewhere, run: "counter:pid()", delegate_to: three, register: there }
    - { name: Same, run: 'counter:same("\${{ there }}")', delegate_to: "\${{ 'th' + 'ree' }}" }
    - { name: Each, run: "counter:twice(\${{ item }})", delegate_to: three, loop: [1, 2] }
    - { name: Down, run: "erlang:node()", delegate_to: nobody, ignore_errors: true }
    - { name: Dies, run: "erlang:halt()", delegate_to: four, ignore_errors: true }
    - { name: Node, run: "erlang:node()" }
- name: Free
  hosts: all:!nobody
  strategy: free
  steps: [{ name: Node, run: "erlang:node()" }]
`;

const COUNTER = `-module(counter).
-export([pid/0, same/1, twice/1]).
pid() -> list_to_binary(os:getpid()).
same(Pid) -> os:getpid() =:= Pid.
twice(Number) -> 2 * Number.
`;

const FUNCTION = `import { play } from "fusion-play";

export default play({
  name: "Function",
  hosts: "one,two",
  modules: "counter.erl",
  strategy: "free",
  async steps(host) {
    const there = await host.run("counter:pid()", { delegate_to: "three", run_once: true });
    const own = await host.run("counter:pid()", { name: "Own", notify: "Told" });
    host.assert(there !== own);
    host.notify("Told");
  },
  handlers: [{ name: "Told", run: "counter:twice(21)" }],
});
`;

beforeAll(async () => {
  sshd = await startSshd();
  const host = hostOf(sshd);
  const nobody = { ...host, fusion_port: await freePort(sshd.address) };
  workspace = await openWorkspace({
    all: { hosts: { one: host, two: host, three: host, four: host, nobody } },
  });
  await workspace.write({ "site.yml": SITE, "function.ts": FUNCTION, "counter.erl": COUNTER });
  played = await workspace.play("site.yml", "function.ts", "-c", "1");
});

afterAll(async () => {
  await workspace[Symbol.asyncDispose]();
  await sshd.stop();
});

test("with linear no host begins a step before the slowest has done the one before", () => {
  const indexOf = (type: string, host: string, step: string): number =>
    played.events.findIndex((event) => event.type === type && event.host === host && event.step === step);
  expect(indexOf("step_finished", "one", "Slow")).toBeGreaterThan(0);
  expect(indexOf("step_started", "two", "Clock")).toBeGreaterThan(indexOf("step_finished", "one", "Slow"));
  expect(indexOf("step_started", "one", "Node")).toBeGreaterThan(indexOf("step_finished", "two", "Dies"));
});

test("delegated steps work in the one BEAM of the other host, to which their module goes once", () => {
  const ends = ["one", "two"].map((name) => hostReport(played, name, 0).steps);
  for (const steps of ends) {
    expect(steps[2]).toMatchObject({ status: "ok", delegated_to: "three" });
    expect(steps[3]).toMatchObject({ status: "ok", delegated_to: "three", result: true });
    expect(steps[4]).toMatchObject({ status: "ok", delegated_to: "three", result: [2, 4] });
  }
  expect(ends[0]?.[2]?.result).toBe(ends[1]?.[2]?.result);
  expect(ends.flatMap((steps) => steps.flatMap(({ pushed }) => pushed))).toMatchObject([
    { module: "counter" },
  ]);
});

test("a host that cannot be reached or dies is a failure of the steps that are delegated to it", () => {
  for (const name of ["one", "two"]) {
    const { status, steps } = hostReport(played, name, 0);
    expect(status).toBe("ok");
    expect(steps[5]).toMatchObject({ status: "ignored", error: { code: "DELEGATE_UNREACHABLE" } });
    expect(steps[6]).toMatchObject({ status: "ignored", error: { code: "DELEGATE_UNREACHABLE" } });
    expect(steps[7]).toMatchObject({ name: "Node", status: "ok" });
  }
});

test("hosts that were delegated to take part in later plays, also where they died", () => {
  for (const name of ["one", "two", "three", "four"])
    expect(hostReport(played, name, 1)).toMatchObject({ status: "ok", steps: [{ status: "ok" }] });
});

test("functions delegate, and have handlers", () => {
  for (const name of ["one", "two"]) {
    const { status, steps } = hostReport(played, name, 2);
    expect(status).toBe("ok");
    expect(steps.map((step) => step.name).filter((step) => step !== "run counter:pid()")).toEqual([
      "Own",
      expect.stringContaining("assert"),
      "Told",
    ]);
    expect(steps.at(-1)).toMatchObject({ name: "Told", handler: true, result: 42 });
  }
  expect(played.exitCode).toBe(0);
});
