import { expect, test } from "vitest";
import type { CallOptions } from "../../src/engine/remote-node.ts";
import { atom, type Term } from "../../src/etf/term.ts";
import { secret } from "../../src/secret.ts";
import { fakeRun, host, playbookOf, raise, runSteps, statuses, type FakeRunOptions } from "./fake-run.ts";

type Limits = Pick<CallOptions, "timeoutMs" | "maxHeapBytes">;

/** Notes the limits of each call of a host, and answers it. */
class Calls {
  readonly limits: Map<string, Limits[]> = new Map();
  readonly answer: NonNullable<FakeRunOptions["answer"]>;

  constructor(reply: () => Term) {
    this.answer = (name) => (_, options) => {
      const { timeoutMs, maxHeapBytes } = options;
      this.limits.set(name, [...(this.limits.get(name) ?? []), { timeoutMs, maxHeapBytes }]);
      return reply();
    };
  }

  timeouts(name: string): number[] {
    return (this.limits.get(name) ?? []).map(({ timeoutMs }) => timeoutMs);
  }
}

test("timeout, max_heap, retries, delay and backoff may be expressions, which each host evaluates for itself", async () => {
  const text = `
- hosts: all
  vars: { tries: 1 }
  steps:
    - name: A
      run: m:f()
      timeout: "\${{ host.name == 'web1' ? '2m' : '90' }}"
      max_heap: "\${{ vars.heap }}MB"
      retries: "\${{ host.name == 'web1' ? vars.tries + 1 : 0 }}"
      delay: "\${{ 1 - vars.tries }}"
      backoff: "\${{ 'exponential' }}"
      register: a`;
  const calls = new Calls(() => raise(atom("oops")));
  const { answer } = calls;
  const run = await fakeRun(text, { answer, inventory: "web1,web2,", extraVars: { heap: 64 } });
  const maxHeapBytes = 64 * 1024 * 1024;
  expect(calls.timeouts("web1")).toEqual([120_000, 120_000, 120_000]);
  expect(calls.limits.get("web2")).toEqual([{ timeoutMs: 90_000, maxHeapBytes }]);
  expect(host(run, "web1").steps[0]?.attempts).toBe(3);
});

test("steps have the timeout of their block, unless they have their own; items of a loop each theirs", async () => {
  const calls = new Calls(() => atom("ok"));
  const { answer } = calls;
  const run = await runSteps(
    `
- block:
    - { name: A, run: "m:a()", vars: { seconds: 7 } }
    - { name: B, run: "m:b()", timeout: 3 }
  timeout: "\${{ vars.seconds }}s"
- { name: C, run: "m:c()", loop: [1, 2], timeout: "\${{ item }}", loop_control: { pause: "\${{ vars.limit - 5 }}" } }`,
    { answer },
  );
  expect(statuses(run)).toEqual(["A: ok", "B: ok", "C: ok"]);
  expect(calls.timeouts("web1")).toEqual([7000, 3000, 1000, 2000]);
});

test("pause and the sleep of wait_for may be expressions", async () => {
  const run = await runSteps(
    `
- { name: A, pause: "\${{ vars.limit }}ms" }
- { name: B, pause: { seconds: "\${{ vars.limit - 5 }}" } }
- { name: C, wait_for: { port: 80, sleep: "\${{ vars.limit }}ms" }, timeout: 3ms, ignore_errors: true }
- pause: "\${{ vars.limit }}ms"`,
    { answer: () => () => atom("no") },
  );
  expect(statuses(run)).toEqual(["A: ok", "B: ok", "C: ignored", "pause ${{ vars.limit }}ms: ok"]);
});

const DURATION = 'a duration such as "10s" or "2m", or a number of seconds';

test.each([
  ["timeout", "${{ vars.text }}", DURATION, 'text "soon"'],
  ["timeout", "${{ 0 }}", DURATION, "the number 0"],
  ["timeout", "in ${{ vars.secret }}", DURATION, "a secret"],
  ["delay", "${{ [1] }}", DURATION, "a list"],
  ["retries", "${{ 1.5 }}", "a whole number that is not negative", "the number 1.5"],
  ["retries", "${{ vars.secret }}", "a whole number that is not negative", "a secret"],
  ["max_heap", "${{ 1 }}", 'a size of at least 64KB, such as "256MB"', "the number 1"],
  ["backoff", "${{ 'x' }}", '"constant", "exponential" or a factor of at least 1', 'text "x"'],
])("%s: %s fails the step, with its place", async (key, template, expected, got) => {
  const run = await runSteps(`- { name: A, run: "m:f()", ${key}: "${template}" }\n- run: m:f()`, {
    extraVars: { text: "soon", secret: secret("hunter2") },
  });
  expect(statuses(run)).toEqual(["A: failed"]);
  const error = host(run).steps[0]?.error;
  expect(error?.code).toBe("EXPRESSION_FAILED");
  expect(error?.message.replace(/ at \S*site\.yml:5:\d+/, "")).toBe(
    `Cannot do the step: "${key}" expects ${expected}, got ${got}`,
  );
  expect(run.nodes.get("web1")?.calls).toEqual([]);
});

test("pauses of an expression are refused that are negative or longer than can be waited for", async () => {
  for (const pause of ["{ seconds: '${{ -1 }}', minutes: 1 }", "{ minutes: '${{ 99999 }}' }"]) {
    const run = await runSteps(`- { name: A, pause: ${pause} }`);
    expect(host(run).steps[0]?.error?.message).toMatch(/expects numbers of seconds and minutes/);
  }
  const longer = playbookOf("- hosts: all\n  steps: [{ pause: { minutes: 99999 } }]");
  await expect(longer).rejects.toThrow(/expects numbers of seconds and minutes/);
});

test("what a step says of its attempts is not evaluated where it is skipped, or another host does it", async () => {
  const run = await fakeRun(
    `
- hosts: all
  steps:
    - { name: A, run: "m:f()", timeout: "\${{ vars.none }}", when: "false" }
    - { name: B, run: "m:f()", timeout: "\${{ host.name == 'web1' ? 1 : 0 }}", run_once: true }`,
    { inventory: "web1,web2,", answer: () => () => atom("ok") },
  );
  expect(statuses(run, "web1")).toEqual(["A: skipped", "B: ok"]);
  expect(statuses(run, "web2")).toEqual(["A: skipped", "B: ok"]);
});

test.each(["timeout", "retries", "delay", "max_heap", "backoff"])(
  "variables of %s that nothing gives are told before anything is run",
  async (key) => {
    const text = `- hosts: all\n  steps: [{ run: "m:f()", ${key}: "\${{ vars.none }}" }]`;
    await expect(fakeRun(await playbookOf(text))).rejects.toThrow('Nothing gives the variable "none"');
    await expect(playbookOf(text.replace("vars.none", "none"))).rejects.toThrow('"none"');
  },
);

test("a step with a check evaluates what it says of its attempts, unless a step before was left out", async () => {
  const text = `
- { name: A, run: "m:f()", timeout: "\${{ vars.text }}" }
- { name: B, run: "m:f()", timeout: "\${{ vars.text }}" }`;
  const run = await runSteps(text, { check: true, extraVars: { text: "soon" } });
  expect(statuses(run)).toEqual(["A: failed"]);
});
