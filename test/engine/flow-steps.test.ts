import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { pauseAfter } from "../../src/engine/pause-after.ts";
import { atom, tuple } from "../../src/etf/term.ts";
import { fakeRun, host, raise, runSteps, statuses } from "./fake-run.ts";

const OPEN = tuple(atom("ok"), atom("port"));
const CLOSED = tuple(atom("error"), atom("econnrefused"));

test("set gives variables to the host, above those of play and step, for later plays as well", async () => {
  const run = await fakeRun(
    `
- name: P
  hosts: all
  vars: { limit: 5 }
  steps:
    - { name: A, set: { limit: 6, twice: "\${{ vars.limit * 2 }}" }, register: given }
    - { name: B, assert: vars.limit == 6 && vars.twice == 12 && given.twice == 12, vars: { limit: 1 } }
    - { name: C, set: { total: "\${{ (has(vars.total) ? vars.total : 0) + item }}" }, loop: [1, 2, 3] }
    - { name: D, set: { limit: 0 }, when: vars.limit > 6 }
- { name: Q, hosts: all, steps: [{ name: E, assert: vars.total == 6 && vars.limit == 6 && vars.extra == 1 }, { name: F, set: { extra: 2 } }, { name: G, assert: vars.extra == 1 }] }`,
    { inventory: "web1,", extraVars: { extra: 1 } },
  );
  expect(statuses(run)).toEqual(["A: ok", "B: ok", "C: ok", "D: skipped"]);
  expect(run.report.plays[1]?.hosts["web1"]?.steps.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
});

test.each(["__proto__", "constructor"])("a variable may be called %s, whatever gives it", async (name) => {
  const run = await fakeRun(
    `
- hosts: web1
  serial: \${{ vars.${name} }}
  vars: { ${name}: 1 }
  steps:
    - { set: { ${name}: 2, twice: "\${{ vars.${name} * 2 }}" }, run_once: true }
    - assert: vars.${name} == 2 && vars.twice == 4
    - { run: "m:f(\${{ item }})", vars: { ${name}: [1] }, loop: "[vars.${name}]" }
- hosts: web1
  vars_prompt: [{ name: ${name}, default: 3, private: false }]
  steps:
    - assert: vars.${name} == 2
- hosts: db
  vars_prompt: [{ name: ${name}, default: 3, private: false }]
  steps:
    - assert: vars.${name} == 3`,
    { inventory: "web1,db," },
  );
  expect(
    run.report.plays
      .flatMap(({ hosts }) => Object.values(hosts))
      .flatMap(({ steps }) => steps.flatMap(({ error }) => error ?? [])),
  ).toEqual([]);
});

test("fail ends the host's part with its message, which rescue and ignore_errors take as any failure", async () => {
  const run = await runSteps(`
- block: [{ name: A, fail: "limit is \${{ vars.limit }}" }]
  rescue: [{ name: B, assert: failed_result.code == "FAILED_BY_PLAY" && failed_result.message == "limit is 5" }]
- { name: C, fail: { message: no }, ignore_errors: true }
- { name: D, fail: not now, when: vars.limit > 5 }
- { name: E, fail: enough }
- { name: F, assert: "true" }`);
  expect(statuses(run)).toEqual(["A: failed", "B: ok", "C: ignored", "D: skipped", "E: failed"]);
  expect(host(run).steps[4]?.error).toEqual({ code: "FAILED_BY_PLAY", message: "enough", hint: null });
  expect(host(run).status).toBe("failed");
});

test("pause waits, and ends when the run is stopped", async () => {
  const controller = new AbortController();
  const run = await runSteps("- { name: A, pause: 5ms }\n- { name: B, pause: { minutes: 60 } }", {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === "step_started" && event.step === "B") setImmediate(() => controller.abort());
    },
  });
  expect(statuses(run)).toEqual(["A: ok", "B: failed"]);
  expect(host(run).status).toBe("cancelled");
});

test("wait_for asks until a port is open or closed, a path is there or not, or a condition holds", async () => {
  let asked = 0;
  const run = await runSteps(
    `
- { name: A, wait_for: { port: "\${{ vars.limit }}", sleep: 1ms } }
- { name: B, wait_for: { port: 80, host: db1, state: stopped, sleep: 1ms } }
- { name: C, wait_for: { path: /run/app, sleep: 1ms } }
- { name: D, wait_for: { path: /run/app, state: absent, sleep: 1ms } }
- name: E
  wait_for: { run: "m:f(\${{ vars.limit }})", until: result > 10 && vars.limit == 5, sleep: 1ms }
  register: count`,
    {
      answer: () => (call) => {
        asked++;
        // The awaited answer comes with the third question of a step.
        const isThird = asked % 3 === 0;
        if (call.module === "m") return asked < 14 ? raise(atom("not_yet")) : asked;
        return isThird === [1, 2, 3, 7, 8, 9].includes(asked) ? OPEN : CLOSED;
      },
    },
  );
  expect(statuses(run)).toEqual(["A: ok", "B: ok", "C: ok", "D: ok", "E: ok"]);
  const calls = run.nodes.get("web1")?.calls ?? [];
  expect(calls.filter(({ module }) => module === "gen_tcp").map(({ args }) => args[1])).toEqual([
    5, 5, 5, 80, 80, 80,
  ]);
  expect(calls.filter(({ module }) => module === "file")).toHaveLength(6);
  expect(asked).toBe(14);
});

test("wait_for fails when the time of the step is up, and says what is not so", async () => {
  const run = await runSteps(
    `
- { name: A, wait_for: { port: 80, sleep: 1ms }, timeout: 20ms, ignore_errors: true }
- { name: B, wait_for: { run: "m:f()", until: result == 1, sleep: 1ms }, timeout: 20ms, ignore_errors: true }
- { name: C, wait_for: { port: "\${{ result.code }}" }, ignore_errors: true }`,
    { answer: () => (call) => (call.module === "m" ? raise(atom("oops")) : CLOSED) },
  );
  const [a, b, c] = host(run).steps.map(({ error }) => error);
  expect(a).toMatchObject({
    code: "TIMEOUT",
    message: "Cannot go on: after 0.02 s port 80 of 127.0.0.1 is not open",
  });
  expect(b?.message).toBe(
    "Cannot go on: after 0.02 s until does not hold: result == 1; the last question: m:f/0 raised",
  );
  expect(c).toMatchObject({
    code: "EXPRESSION_FAILED",
    message: "Cannot wait for the port: TIMEOUT is none",
  });
});

test("wait_for asks until the time of the step is up, and once more then, however long it sleeps", async () => {
  let asked = 0;
  const run = await runSteps(
    `
- { name: A, wait_for: { port: 80, sleep: 1h }, timeout: 50ms }
- { name: B, wait_for: { port: 80, sleep: 30ms }, timeout: 50ms, ignore_errors: true }`,
    { answer: () => () => (++asked === 2 ? OPEN : CLOSED) },
  );
  expect(statuses(run)).toEqual(["A: ok", "B: ignored"]);
  for (const { duration_ms } of host(run).steps) expect(duration_ms).toBeGreaterThanOrEqual(49);
  expect(asked).toBeGreaterThanOrEqual(5);
});

test("meta: end_host ends the play for a host that is well, after always", async () => {
  const run = await fakeRun(`
- name: P
  hosts: all
  steps:
    - block:
        - { name: End, meta: end_host, when: host.name == "web2" }
        - { name: A, assert: "true" }
      rescue: [{ name: R, assert: "true" }]
      always: [{ name: L, assert: "true" }]
    - { name: B, assert: "true" }
- { name: Q, hosts: all, steps: [{ name: C, assert: "true" }] }`);
  expect(statuses(run, "web1")).toEqual(["End: skipped", "A: ok", "L: ok", "B: ok"]);
  expect(statuses(run, "web2")).toEqual(["End: ok", "L: ok"]);
  expect(host(run, "web2").status).toBe("ok");
  expect(run.report.plays[1]?.hosts["web2"]?.steps).toHaveLength(1);
  expect(run.report.exit_code).toBe(0);
});

test("meta: end_play ends the play for all hosts, also for those of later batches", async () => {
  let over: () => void = () => {};
  const isOver = new Promise<number>((resolve) => {
    over = (): void => resolve(1);
  });
  const run = await fakeRun(
    `
- name: P
  hosts: all
  serial: 2
  steps:
    - { name: Wait, run: "m:wait()", when: host.name == "web2" }
    - { name: End, meta: end_play, when: host.name == "web1" }
    - { name: A, assert: "true" }
- { name: Q, hosts: all, steps: [{ name: C, assert: "true" }] }`,
    {
      answer: () => () => isOver,
      onEvent: (event) => {
        if (event.type === "host_finished" && event.host === "web1") over();
      },
    },
  );
  expect(statuses(run, "web1")).toEqual(["Wait: skipped", "End: ok"]);
  expect(statuses(run, "web2")).toEqual(["Wait: ok"]);
  expect(host(run, "web3").status).toBe("skipped");
  expect(Object.values(run.report.plays[1]?.hosts ?? {}).map(({ status }) => status)).toEqual([
    "ok",
    "ok",
    "ok",
  ]);
});

test("pauseAfter() grows by the factor up to five minutes, or to the delay itself", () => {
  const pauses = (delayMs: number, backoff: number): number[] =>
    [1, 2, 3, 30].map((attempt) => pauseAfter(attempt, { delayMs, backoff }));
  expect(pauses(1000, 2)).toEqual([1000, 2000, 4000, 300_000]);
  expect(pauses(1000, 1)).toEqual([1000, 1000, 1000, 1000]);
  expect(pauses(600_000, 2)).toEqual([600_000, 600_000, 600_000, 600_000]);
  expect(pauses(0, 2)).toEqual([0, 0, 0, 0]);
});

test("a lost host ends wait_for at once", async () => {
  const run = await runSteps("- { name: A, wait_for: { port: 80 } }", {
    answer: () => () => {
      throw new FusionPlayError("gone", { code: "NODE_LOST" });
    },
  });
  expect(host(run)).toMatchObject({ status: "unreachable" });
});
