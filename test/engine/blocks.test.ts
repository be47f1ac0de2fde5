import { expect, test } from "vitest";
import type { RunEvent } from "../../src/engine/run-event.ts";
import { FusionPlayError } from "../../src/errors.ts";
import { atom } from "../../src/etf/term.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { fakeRun, host, raise, runSteps, statuses } from "./fake-run.ts";

/** Calls of `bad` raise, all others give 1. */
const answer = () => (call: { function: string }) => (call.function === "bad" ? raise(atom("oops")) : 1);

test("rescue takes a failure over, with its step and its reason, and always comes last", async () => {
  const run = await runSteps(
    `
- name: Block
  block:
    - { name: A, run: "m:ok()" }
    - { name: B, run: "m:bad()" }
    - { name: C, run: "m:ok()", register: c }
  rescue:
    - name: R
      assert:
        - failed_step.name == "B" && failed_step.kind == "run"
        - failed_result.code == "REMOTE_EXCEPTION" && failed_result.message == "m:f/0 raised"
        - failed_result.reason == "oops"
  always:
    - { name: L, run: "m:ok()" }
- { name: After, assert: c == null }`,
    { answer },
  );
  expect(statuses(run)).toEqual(["A: ok", "B: failed", "R: ok", "L: ok", "After: ok"]);
  expect(host(run).steps.map(({ rescued }) => rescued)).toEqual([false, true, false, false, false]);
  expect(host(run)).toMatchObject({ status: "ok", error: null });
  expect(run.report).toMatchObject({ status: "ok", exit_code: 0 });
});

test("a name that no step has come to register is null, whatever it is", async () => {
  const run = await runSteps(
    `- { block: [{ run: "m:bad()" }, { run: "m:ok()", register: constructor }], rescue: [{ run: "m:ok()" }] }
- assert: constructor == null`,
    { answer },
  );
  expect(host(run)).toMatchObject({ status: "ok", error: null });
});

test.each([
  ["a step below rescue fails", 'rescue: [{ name: R, run: "m:bad()" }]', ["B: failed", "R: failed", "L: ok"]],
  ["there is no rescue", "", ["B: failed", "L: ok"]],
])("the host fails after always, where %s", async (_, rescue, expected) => {
  const run = await runSteps(
    `
- block: [{ name: B, run: "m:bad()" }]
  ${rescue === "" ? "vars: {}" : rescue}
  always: [{ name: L, run: "m:ok()" }]
- { name: After, run: "m:ok()" }`,
    { answer },
  );
  expect(statuses(run)).toEqual(expected);
  expect(host(run).status).toBe("failed");
  expect(run.report.exit_code).toBe(2);
});

test("a failure below always fails the host, and is told besides the one before it", async () => {
  const run = await runSteps(
    `
- block: [{ name: B, run: "m:ok()" }]
  always: [{ name: L, run: "m:bad()" }, { name: M, run: "m:ok()" }]`,
    { answer },
  );
  expect(statuses(run)).toEqual(["B: ok", "L: failed"]);
  expect(host(run).status).toBe("failed");
});

test("an outer rescue takes over what the inner blocks do not", async () => {
  const run = await runSteps(
    `
- block:
    - block: [{ name: B, run: "m:bad()" }]
      rescue: [{ name: R, run: "m:bad()" }]
      always: [{ name: L, assert: "true" }]
    - { name: Never, run: "m:ok()" }
  rescue: [{ name: Outer, assert: failed_step.name == "R" }]`,
    { answer },
  );
  expect(statuses(run)).toEqual(["B: failed", "R: failed", "L: ok", "Outer: ok"]);
  expect(host(run).steps.map(({ rescued }) => rescued)).toEqual([true, true, false, false]);
  expect(host(run).status).toBe("ok");
});

test("rescue sees a step whose time was up, and false assertions", async () => {
  const run = await runSteps(
    `
- block: [{ name: A, assert: "1 > 2" }]
  rescue: [{ name: R, assert: failed_result.code == "ASSERTION_FAILED" }]
- block: [{ name: B, run: "m:slow()" }]
  rescue: [{ name: S, assert: failed_result.code == "TIMEOUT" }]`,
    {
      answer: () => () => {
        throw new FusionPlayError("too slow", { code: "TIMEOUT" });
      },
    },
  );
  expect(statuses(run)).toEqual(["A: failed", "R: ok", "B: failed", "S: ok"]);
});

test("steps have what their block says, and their own before it", async () => {
  const run = await runSteps(
    `
- when: vars.limit == 5
  vars: { a: 1, b: 2 }
  ignore_errors: true
  no_log: true
  block:
    - { name: Skipped, run: "m:ok()", when: vars.limit > 5 }
    - { name: Own, assert: vars.a == 1 && vars.b == 3, vars: { b: 3 }, ignore_errors: false }
    - { name: Hidden, run: "m:bad()" }
    - { name: Told, run: "m:bad()", no_log: false }
  rescue: [{ name: R, run: "m:ok()" }]`,
    { answer },
  );
  expect(statuses(run)).toEqual(["Skipped: skipped", "Own: ok", "Hidden: ignored", "Told: ignored"]);
  const [, , hidden, told] = host(run).steps;
  expect(hidden?.error?.message).toBe("Step failed: the reason is hidden, as the step has no_log");
  expect(told?.error).toMatchObject({ message: "m:f/0 raised", reason: "oops" });
});

test("a host that is lost runs nothing more, neither rescue nor always", async () => {
  const run = await runSteps(
    `
- block: [{ name: B, run: "m:hang()" }]
  rescue: [{ name: R, run: "m:ok()" }]
  always: [{ name: L, run: "m:ok()" }]`,
    {
      answer: () => () => new Promise(() => {}),
      onEvent: (event, nodes) => {
        if (event.type === "step_started") setImmediate(() => nodes.get("web1")?.lose("gone"));
      },
    },
  );
  expect(statuses(run)).toEqual(["B: failed"]);
  expect(host(run)).toMatchObject({ status: "unreachable", error: { code: "NODE_LOST" } });
  expect(host(run).steps[0]?.rescued).toBe(false);
});

test("always is run when the run is stopped, rescue is not, and blocks that were not begun are left out", async () => {
  const controller = new AbortController();
  const stopping: RunEvent[] = [];
  const run = await runSteps(
    `
- block:
    - block: [{ name: B, run: "m:hang()" }]
      rescue: [{ name: R, run: "m:ok()" }]
      always: [{ name: L, run: "m:ok()" }, { name: M, assert: "true" }]
  always: [{ name: N, run: "m:ok()" }]
- block: [{ name: After, run: "m:ok()" }]
  always: [{ name: O, run: "m:ok()" }]`,
    {
      answer: () => (call) => (call.function === "hang" ? new Promise(() => {}) : 1),
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "step_started") setImmediate(() => controller.abort());
        if (event.type === "run_stopping") stopping.push(event);
      },
    },
  );
  expect(statuses(run)).toEqual(["B: failed", "L: ok", "M: ok", "N: ok"]);
  expect(stopping).toMatchObject([{ always_ms: 30_000 }]);
  expect(host(run)).toMatchObject({ status: "cancelled", error: { code: "CANCELLED" } });
  expect(run.report).toMatchObject({ status: "cancelled", exit_code: 130 });
});

test("a step below always that goes on for too long after the run was stopped is ended", async () => {
  const controller = new AbortController();
  const run = await runSteps(
    `
- block: [{ name: B, run: "m:ok()" }]
  always: [{ name: L, run: "m:hang()" }, { name: M, run: "m:ok()" }]`,
    {
      answer: () => (call) => (call.function === "hang" ? new Promise(() => {}) : 1),
      signal: controller.signal,
      alwaysGraceMs: 20,
      onEvent: (event) => {
        if (event.type === "step_started" && event.step === "L") setImmediate(() => controller.abort());
      },
    },
  );
  expect(statuses(run)).toEqual(["B: ok", "L: failed"]);
  expect(host(run).status).toBe("cancelled");
});

const TAGGED = `
- hosts: all
  name: P
  steps:
    - tags: outer
      block:
        - { name: A, run: "m:ok()", tags: inner }
        - { name: B, run: "m:bad()" }
      rescue: [{ name: R, run: "m:ok()" }]
      always: [{ name: L, run: "m:ok()", tags: [inner, always] }]
    - { name: C, run: "m:ok()" }`;

test.each([
  [{ tags: ["outer"] }, ["A: ok", "B: failed", "R: ok", "L: ok"]],
  [{ tags: ["inner"] }, ["A: ok", "L: ok"]],
  [{ tags: ["other"] }, ["L: ok"]],
  [{ skipTags: ["inner"] }, ["B: failed", "R: ok", "C: ok"]],
  [{ startAtStep: "B" }, ["B: failed", "R: ok", "L: ok", "C: ok"]],
  [{ startAtStep: "C" }, ["C: ok"]],
])("steps in blocks are chosen by %o", async (filter, expected) => {
  const run = await fakeRun(TAGGED, { answer, inventory: "web1,", ...filter });
  expect(statuses(run)).toEqual(expected);
});

test("a run does not start at a step below rescue or always", async () => {
  await expect(fakeRun(TAGGED, { answer, startAtStep: "R" })).rejects.toMatchObject({ code: "NO_STEP_LEFT" });
});

test("a transaction in a block is one for all hosts", async () => {
  const run = await fakeRun(
    "- { hosts: all, name: P, steps: [{ block: [{ name: T, push: m, transaction: true }] }] }",
    { source: new FakeModuleSource({ m: [] }) },
  );
  expect(["web1", "web2", "web3"].map((name) => host(run, name).status)).toEqual(["ok", "ok", "ok"]);
  expect([...run.nodes.values()].map(({ finished }) => finished)).toEqual([[["m"]], [["m"]], [["m"]]]);
});

test("what a block may do without is not missed before the run: rescue takes over", async () => {
  const run = await runSteps(
    `
- block: [{ name: B, assert: vars.missing == 1 }]
  rescue: [{ name: R, assert: failed_result.code == "EXPRESSION_FAILED" }]`,
  );
  expect(statuses(run)).toEqual(["B: failed", "R: ok"]);
  const missed = runSteps(`
- block: [{ name: B, assert: "true" }]
  always: [{ name: L, assert: vars.missing == 1 }]`);
  await expect(missed).rejects.toThrow('Nothing gives the variable "missing"');
});
