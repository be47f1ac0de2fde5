import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { atom, type Term } from "../../src/etf/term.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import type { FakeCall } from "../doubles/fake-remote-node.ts";
import { host, raise, runSteps, statuses, type FakeRun } from "./fake-run.ts";

/** Gives the first argument back; raises for the text "bad". */
const echo: FakeCall = ({ args: [first = null as unknown as Term] }) =>
  first instanceof Uint8Array && Buffer.from(first).toString() === "bad" ? raise(atom("oops")) : first;
const answer = (): FakeCall => echo;

function items(run: FakeRun, step = 0): string[] {
  return (host(run).steps[step]?.items ?? []).map(({ label, status }) => `${label}: ${status}`);
}

test("a loop does the step for each item of a list, and registers the list of results", async () => {
  const run = await runSteps(
    `
- { name: A, run: "m:f(\${{ item }})", loop: [1, 2, "\${{ vars.limit }}"], register: numbers }
- { name: B, assert: ["numbers == [1, 2, 5]", result == numbers] }`,
    { answer },
  );
  expect(statuses(run)).toEqual(["A: ok", "B: ok"]);
  expect(items(run)).toEqual(["1: ok", "2: ok", "5: ok"]);
  expect(host(run).steps[0]).toMatchObject({ attempts: 1, error: null, result: null });
});

test.each([
  ["an expression", "vars.names", ["a: ok", "b: ok"]],
  ["a template", '"${{ vars.names }}"', ["a: ok", "b: ok"]],
  ["a range", "'range(1, 4)'", ["1: ok", "2: ok", "3: ok"]],
  ["a mapping", "{ web: 80, admin: 8080 }", ["web: ok", "admin: ok"]],
  ["a mapping of an expression", "vars.ports", ["ssh: ok"]],
  ["a result", "result", ["x: ok", "1: ok"]],
  ["an empty list", "[]", []],
])("a loop goes through %s", async (_, loop, expected) => {
  const run = await runSteps(
    `
- { name: Before, run: "m:f([x, 1])" }
- { name: A, run: "m:f(\${{ item }})", loop: ${loop} }`,
    { answer, extraVars: { names: ["a", "b"], ports: { ssh: 22 } } },
  );
  expect(items(run, 1)).toEqual(expected);
  expect(statuses(run)[1]).toBe(expected.length === 0 ? "A: skipped" : "A: ok");
});

test("a check leaves out a step whose loop misses the result of one that was left out, and no other", async () => {
  const text = `
- { name: List, eval: { erlang: "[a, b]" }, register: names }
- { name: Each, run: "m:f(\${{ item }})", loop: names, register: each }
- { name: Again, assert: item != "", loop: "\${{ each }}", ignore_errors: true }
- { name: Skipped, run: "m:f(\${{ item }})", loop: names, when: "vars.limit == 0" }
- { name: Pauses, assert: item != "", loop: [1, 2], loop_control: { pause: "\${{ names }}" } }`;
  const run = await runSteps(text, { answer, check: true });
  const { steps } = host(run);
  expect(steps.map(({ name, status, would_run, error }) => [name, status, would_run, error])).toEqual([
    ["List", "skipped", true, null],
    ["Each", "skipped", true, null],
    ["Again", "skipped", true, null],
    ["Skipped", "skipped", undefined, null],
    ["Pauses", "skipped", true, null],
  ]);
  const certain = await runSteps(`[{ name: Each, run: "m:f()", loop: vars.limit }]`, { answer, check: true });
  expect(statuses(certain)).toEqual(["Each: failed"]);
});

test("entries of a mapping have key and value, also those of a term", async () => {
  const run = await runSteps(
    `
- { name: Before, run: "m:f(#{x => 1})", register: mapped }
- { name: A, assert: item.key == "x" && item.value == 1, loop: "\${{ mapped }}" }
- { name: B, assert: item.key == "x" && item.value == 1, loop: mapped }`,
    { answer },
  );
  expect(statuses(run)).toEqual(["Before: ok", "A: ok", "B: ok"]);
  expect(items(run, 1)).toEqual(["x: ok"]);
});

test.each([
  ["text", "vars.text", "it is text"],
  ["a number", "vars.limit", "it is the value 5"],
  ["null", "'null'", "it is null"],
  ["a tuple", '"${{ result }}"', "it is a tuple"],
])("a step whose loop is %s fails", async (_, loop, why) => {
  const run = await runSteps(
    `
- { name: Before, run: "m:f({a, 1})" }
- { name: A, run: "m:f(1)", loop: ${loop}, vars: { text: abc } }`,
    { answer },
  );
  expect(host(run).steps[1]).toMatchObject({ status: "failed", items: [] });
  expect(host(run).steps[1]?.error).toMatchObject({ code: "EXPRESSION_FAILED" });
  expect(host(run).steps[1]?.error?.message).toContain(why);
});

test("conditions, variables and what a step says of a result are those of each item", async () => {
  const run = await runSteps(
    `
- name: A
  run: m:f(\${{ vars.twice }})
  loop: range(1, vars.until + 1)
  loop_control: { index_var: n, label: "no \${{ n }}" }
  vars: { twice: "\${{ item * 2 }}", until: 4 }
  when: item != 2
  changed_when: result == 6
  failed_when: result == 8 && n == 3
  ignore_errors: true
  register: every
- name: B
  assert: every[0] == 2 && every[1] == null && every[2] == 6 && every[3].code == "CONDITION_FAILED"`,
    { answer },
  );
  expect(statuses(run)).toEqual(["A: ignored", "B: ok"]);
  expect(items(run)).toEqual(["no 0: ok", "no 1: skipped", "no 2: changed", "no 3: ignored"]);
});

test("a loop whose items are all skipped is skipped, and one that changed something changed", async () => {
  const run = await runSteps(
    `
- { name: A, run: "m:f(1)", loop: [1, 2], when: item > 2 }
- { name: B, run: "m:f(\${{ item }})", loop: [1, 2], changed_when: result == 2 }
- { name: C, run: "m:f(1)", loop: vars.nowhere, when: vars.limit == 0 }`,
    { answer },
  );
  expect(statuses(run)).toEqual(["A: skipped", "B: changed", "C: skipped"]);
});

test("the items after one that fails are done, and the step tells how many failed", async () => {
  const run = await runSteps(
    `
- block:
    - { name: A, run: "m:f(\${{ item }})", loop: [a, bad, b, bad] }
  rescue:
    - name: R
      assert: 'failed_result.message == "2 of 4 items failed, the first: bad: m:f/0 raised"'
- { name: B, run: "m:f(\${{ item }})", loop: [a, bad] }
- { name: Never, run: "m:f(1)" }`,
    { answer },
  );
  expect(statuses(run)).toEqual(["A: failed", "R: ok", "B: failed"]);
  expect(items(run)).toEqual(["a: ok", "bad: failed", "b: ok", "bad: failed"]);
  expect(host(run).steps[0]).toMatchObject({ rescued: true });
  expect(host(run).steps[2]?.error).toMatchObject({
    code: "REMOTE_EXCEPTION",
    message: "bad: m:f/0 raised",
    reason: "oops",
  });
});

test("calls of one function go to the host together, unless items are tried again or apart", async () => {
  const run = await runSteps(
    `
- { name: Together, run: "m:f(\${{ item }})", loop: [1, 2, 3], when: item != 2, timeout: 1m }
- { name: Some at a time, run: "m:f(\${{ item }})", loop: [1, 2, 3], loop_control: { parallel: 2 } }
- { name: Again, run: "m:f(\${{ item }})", loop: [1, 2], until: result == item }
- { name: Apart, run: "m:f(\${{ item }})", loop: [1, 2], loop_control: { pause: 1ms } }
- { name: None, run: "m:f(\${{ item }})", loop: [1], when: item > 1 }
- { name: Many, run: "m:f(\${{ item }})", loop: range(1001) }`,
    { answer, source: new FakeModuleSource({ m: [] }) },
  );
  expect(statuses(run).map((step) => step.split(": ")[1])).toEqual(["ok", "ok", "ok", "ok", "skipped", "ok"]);
  const node = run.nodes.get("web1");
  expect(node?.batches).toEqual([2, 3, 1000, 1]);
  // The module is shipped once, and asked for no more than each step would.
  expect(node?.pushes.filter((names) => names.length > 0)).toEqual([["m"]]);
});

test("until, retries and delay are those of each item", async () => {
  let calls = 0;
  const run = await runSteps(
    `
- name: A
  run: m:f(\${{ item }})
  loop: [1, 2]
  retries: 3
  delay: 1ms
  until: result > 2`,
    { answer: () => () => ++calls },
  );
  expect(items(run)).toEqual(["1: ok", "2: ok"]);
  expect(host(run).steps[0]?.items?.map(({ attempts }) => attempts)).toEqual([3, 1]);
  expect(host(run).steps[0]?.attempts).toBe(3);
});

test("parallel works on so many items at the same time, and no more", async () => {
  let running = 0;
  let most = 0;
  const run = await runSteps(
    `
- { name: A, eval: { erlang: "X", bindings: { X: "\${{ item }}" } }, loop: range(6), loop_control: { parallel: 3 } }`,
    {
      answer: () => async (call) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        return call.args[0] ?? 0;
      },
    },
  );
  expect(statuses(run)).toEqual(["A: ok"]);
  expect(most).toBe(3);
  expect(items(run).map((item) => item.split(":")[0])).toEqual(["0", "1", "2", "3", "4", "5"]);
});

test.each(["", "loop_control: { pause: 1ms }"])("a host that is lost ends a loop (%s)", async (control) => {
  const run = await runSteps(
    `
- name: A
  run: m:f(\${{ item }})
  loop: [1, 2, 3]
  ${control === "" ? "tags: t" : control}`,
    {
      answer: () => () => new Promise(() => {}),
      onEvent: (event, nodes) => {
        if (event.type === "step_started") setImmediate(() => nodes.get("web1")?.lose("gone"));
      },
    },
  );
  expect(host(run)).toMatchObject({ status: "unreachable", error: { code: "NODE_LOST" } });
  expect(items(run)).toEqual(["1: failed"]);
  expect(host(run).steps[0]?.error).toMatchObject({ code: "NODE_LOST", message: "gone" });
});

test("no_log hides items, their results and reasons", async () => {
  const run = await runSteps(
    `
- { name: A, run: "m:f(\${{ item }})", loop: [secret, bad], no_log: true, ignore_errors: true, register: r }
- name: B
  assert: r[0] == "secret"`,
    { answer },
  );
  expect(statuses(run)).toEqual(["A: ignored", "B: ok"]);
  expect(items(run)).toEqual(["item 1: ok", "item 2: ignored"]);
  expect(JSON.stringify(host(run).steps[0])).not.toMatch(/secret|oops|bad/);
});

test("a call whose time is up fails its item alone", async () => {
  const run = await runSteps(
    `
- { name: A, run: "m:f(\${{ item }})", loop: [1, 2, 3], ignore_errors: true }`,
    {
      answer: () => (call) => {
        if (call.args[0] === 2) throw new FusionPlayError("late", { code: "TIMEOUT" });
        return 0;
      },
    },
  );
  expect(items(run)).toEqual(["1: ok", "2: ignored", "3: ok"]);
  expect(host(run).steps[0]?.error).toMatchObject({ code: "TIMEOUT", message: "2: late" });
});
