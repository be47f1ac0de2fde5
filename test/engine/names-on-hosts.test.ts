import { expect, test } from "vitest";
import { atom, binary } from "../../src/etf/term.ts";
import { secret } from "../../src/secret.ts";
import { fakeRun, host, runSteps, statuses } from "./fake-run.ts";

test("names of steps are those of each host, in events and reports", async () => {
  const run = await fakeRun(
    `
- hosts: all
  vars: { release: 2 }
  steps:
    - { name: "Install \${{ vars.release }} on \${{ host.name }}", run: "m:f()" }
    - { name: "After \${{ result }}", pause: 0 }`,
    { inventory: "web1,web2,", answer: (name) => () => binary(name) },
  );
  expect(statuses(run, "web1")).toEqual(["Install 2 on web1: ok", "After web1: ok"]);
  expect(statuses(run, "web2")).toEqual(["Install 2 on web2: ok", "After web2: ok"]);
  const told = run.events.flatMap((event) =>
    "step" in event && "host" in event && event.host === "web1" ? [`${event.type} ${event.step}`] : [],
  );
  expect(told).toEqual([
    "step_started Install 2 on web1",
    "step_finished Install 2 on web1",
    "step_started After web1",
    "step_finished After web1",
  ]);
});

test("a name is as it is written where it cannot be evaluated, and fails no step", async () => {
  const run = await runSteps(
    `
- { name: "A \${{ vars.none }}", run: "m:f()" }
- { name: "B \${{ item }}", run: "m:f()", loop: [1, 2] }
- { name: "\${{ '' }}", run: "m:f()" }
- { name: "C \${{ vars.limit }}", run: "m:f()", when: "false" }
- { name: "D \${{ vars.own }}", run: "m:f()", vars: { own: 7 } }
- { name: "\${{ vars.lines }}", run: "m:f()" }`,
    { extraVars: { lines: "two\nlines" } },
  );
  expect(statuses(run)).toEqual([
    "A ${{ vars.none }}: ok",
    "B ${{ item }}: ok",
    "${{ '' }}: ok",
    "C 5: skipped",
    "D 7: ok",
    "two lines: ok",
  ]);
});

test("secrets in a name are hidden, and a long name is cut", async () => {
  const run = await runSteps(
    `- { name: "With \${{ vars.token }}", run: "m:f()" }\n- { name: "\${{ vars.long }}", run: "m:f()" }`,
    { extraVars: { token: secret("hunter2"), long: "x".repeat(10_000) } },
  );
  expect(statuses(run)).toEqual(["With ********: ok", `${"x".repeat(199)}…: ok`]);
});

test("rescue knows a failed step by its name on the host; with run_once each host has its own", async () => {
  const run = await fakeRun(
    `
- hosts: all
  steps:
    - block: [{ name: "A \${{ host.name }}", fail: no }]
      rescue: [{ name: B, assert: 'failed_step.name == "A " + host.name' }]
    - { name: "C \${{ host.name }}", run: "m:f()", run_once: true }
    - { name: "D \${{ host.name }}", run: "m:f()", throttle: 1, retries: 1, delay: 0 }`,
    { inventory: "web1,web2,", answer: () => () => atom("ok") },
  );
  expect(statuses(run, "web2")).toEqual(["A web2: failed", "B: ok", "C web2: ok", "D web2: ok"]);
  expect([host(run, "web1"), host(run, "web2")].map(({ steps }) => steps[2]?.ran_on)).toEqual([
    undefined,
    "web1",
  ]);
});

test("steps are started at, and chosen, by their names as they are written", async () => {
  const run = await runSteps(
    `- { name: "A \${{ vars.limit }}", run: "m:f()" }\n- { name: "B \${{ vars.limit }}", run: "m:f()" }`,
    { startAtStep: "B ${{ vars.limit }}" },
  );
  expect(statuses(run)).toEqual(["B 5: ok"]);
});

test("ignore_errors may be an expression, which each host evaluates for itself", async () => {
  const run = await fakeRun(
    `
- hosts: all
  steps:
    - { name: A, fail: no, ignore_errors: "\${{ host.name == 'web1' }}" }
    - block: [{ name: B, fail: no }, { name: C, fail: no, loop: vars.none, ignore_errors: "\${{ vars.yes }}" }]
      ignore_errors: "\${{ vars.yes }}"
    - { name: D, fail: no, ignore_errors: "\${{ vars.text }}" }`,
    { inventory: "web1,web2,", extraVars: { yes: true, text: "yes" } },
  );
  expect(statuses(run, "web1")).toEqual(["A: ignored", "B: ignored", "C: ignored", "D: failed"]);
  expect(statuses(run, "web2")).toEqual(["A: failed"]);
  expect(host(run, "web1").steps[3]?.error?.message).toMatch(
    /"ignore_errors" at .* expects true or false, got text "yes"$/,
  );
});

test("events and reports tell the name as it is written, and which step of that name it is", async () => {
  const run = await fakeRun(
    `
- hosts: all
  steps:
    - { name: Static, run: "m:f()" }
    - block: [{ name: "Try \${{ host.name }}", fail: no, when: host.name == 'web1' }]
      rescue: [{ name: "Undo \${{ host.name }}", run: "m:f()" }]
    - block: [{ name: Again, fail: no, when: host.name == 'web2' }]
      rescue: [{ name: "Undo \${{ host.name }}", run: "m:f()", run_once: true }]
    - { name: "\${{ vars.none }}", assert: true, changed_when: true, notify: H }
  handlers:
    - { name: H, block: [{ name: "Handle \${{ host.name }}", run: "m:f()", loop: [1, 2] }] }`,
    { inventory: "web1,web2,", answer: () => () => atom("ok") },
  );
  const told = (name: string): unknown[] =>
    host(run, name).steps.map(({ name: own, written_name, written_nth }) => [own, written_name, written_nth]);
  expect(told("web1")).toEqual([
    ["Static", undefined, undefined],
    ["Try web1", "Try ${{ host.name }}", undefined],
    ["Undo web1", "Undo ${{ host.name }}", undefined],
    ["Again", undefined, undefined],
    ["${{ vars.none }}", "${{ vars.none }}", undefined],
    ["Handle web1", "Handle ${{ host.name }}", undefined],
  ]);
  expect(told("web2")[3]).toEqual(["Undo web2", "Undo ${{ host.name }}", 2]);
  const started = run.events.filter((event) => event.type === "step_started" && event.host === "web2");
  expect(started[0]).not.toHaveProperty("written_name");
  expect(started[3]).toMatchObject({
    step: "Undo web2",
    written_name: "Undo ${{ host.name }}",
    written_nth: 2,
  });
});
