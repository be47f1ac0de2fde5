import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { atom } from "../../src/etf/term.ts";
import { fakeRun, host, raise, statuses, type FakeRun, type FakeRunOptions } from "./fake-run.ts";
import { latch } from "./latch.ts";

const HOSTS = ["web1", "web2", "web3"];

function run(steps: string, options: FakeRunOptions & { keys?: string } = {}): Promise<FakeRun> {
  const { keys = "", ...rest } = options;
  return fakeRun(
    `- name: P\n  hosts: all\n${keys}  steps:\n${steps.trim().replaceAll(/^/gm, "    ")}\n`,
    rest,
  );
}

/** On how many hosts a function was called. */
function callsOf({ nodes }: FakeRun, name: string): number {
  return [...nodes.values()].flatMap(({ calls }) => calls).filter((call) => call.function === name).length;
}

test("run_once calls on one host, and all have result, status and variables", async () => {
  let calls = 0;
  const done = await run(
    `
- { name: A, run: "m:a()", run_once: true, register: a, changed_when: true }
- { name: B, assert: a == 1 && result == 1 }
- { name: C, set: { who: "\${{ host.name }}" }, run_once: true }
- { name: D, run: "m:d(\${{ vars.who }})" }
- { name: E, run: "m:e()", loop: [1, 2], run_once: true, register: e }
- { name: F, assert: size(e) == 2 }`,
    { answer: () => (call) => (call.function === "a" ? ++calls : 5) },
  );
  for (const name of HOSTS)
    expect(statuses(done, name)).toEqual(["A: changed", "B: ok", "C: ok", "D: ok", "E: ok", "F: ok"]);
  expect(callsOf(done, "a")).toBe(1);
  expect(callsOf(done, "e")).toBe(2);
  const told = [...done.nodes.values()].flatMap(({ calls }) => calls.filter((call) => call.function === "d"));
  expect(told).toHaveLength(3);
  expect(new Set(told.map(({ args }) => JSON.stringify(args))).size).toBe(1);
  const ranOn = HOSTS.map((name) => host(done, name).steps[0]?.ran_on);
  const runner = HOSTS[ranOn.indexOf(undefined)];
  expect(ranOn.filter((name) => name !== undefined)).toEqual([runner, runner]);
  const others = HOSTS.filter((name) => name !== runner).map((name) => host(done, name).steps[4]);
  expect(others.map((step) => step?.items?.length)).toEqual([2, 2]);
});

test("run_once is once for each batch, and for hosts that have one place between them", async () => {
  const step = '- { name: A, run: "m:a()", run_once: true }';
  const serial = await run(step, { keys: "  serial: [1, 2]\n" });
  expect(callsOf(serial, "a")).toBe(2);
  const ranOn = HOSTS.map((name) => host(serial, name).steps[0]?.ran_on);
  expect(ranOn[0]).toBeUndefined();
  expect(ranOn.slice(1).filter((name) => name !== undefined)).toEqual([
    ranOn[1] === undefined ? "web2" : "web3",
  ]);
  const narrow = await run(step, { concurrency: 1 });
  expect(callsOf(narrow, "a")).toBe(1);
  expect(narrow.report.status).toBe("ok");
});

test("a handler with run_once is done once each time that hosts run their handlers", async () => {
  const done = await run(
    `
- { name: A, run: "m:a()", changed_when: true, notify: H }
- { name: Flush, meta: flush_handlers }
- { name: B, run: "m:b()", changed_when: true, notify: H }`,
    {
      keys: `  handlers: [{ name: H, block: [{ name: One, run: "m:one()", run_once: true }] }]\n`,
    },
  );
  for (const name of HOSTS)
    expect(statuses(done, name)).toEqual(["A: changed", "Flush: ok", "One: ok", "B: changed", "One: ok"]);
  expect(callsOf(done, "one")).toBe(2);
});

test("run_once lets other hosts have the place of a host that waits", async () => {
  const isReleased = latch();
  const done = await run(
    `
- { name: A, run: "m:a()", run_once: true }
- { name: B, run: "m:b()" }`,
    {
      concurrency: 2,
      onEvent: (event) => {
        if (event.type === "step_started" && event.host === "web3" && event.step === "A") isReleased.open();
      },
      answer: () => async (call) => {
        if (call.function === "a") await isReleased.promise;
        return 1;
      },
    },
  );
  expect(done.report.status).toBe("ok");
  expect(callsOf(done, "b")).toBe(3);
});

test("a failure of a step with run_once fails all hosts, and a rescue takes it over on each", async () => {
  const answer = () => (call: { function: string }) => (call.function === "a" ? raise(atom("oops")) : 1);
  const failed = await run('- { name: A, run: "m:a()", run_once: true }', { answer });
  for (const name of HOSTS) {
    expect(host(failed, name).status).toBe("failed");
    expect(host(failed, name).steps[0]?.error).toMatchObject({ code: "REMOTE_EXCEPTION", reason: "oops" });
  }
  expect(callsOf(failed, "a")).toBe(1);
  const rescued = await run(
    `
- block: [{ name: A, run: "m:a()" }]
  run_once: true
  rescue: [{ name: B, run: "m:b()" }]
- { name: C, run: "m:a()", run_once: true, ignore_errors: true, register: c }
- { name: D, assert: 'c.code == "REMOTE_EXCEPTION"' }`,
    { answer },
  );
  for (const name of HOSTS)
    expect(statuses(rescued, name)).toEqual(["A: failed", "B: ok", "C: ignored", "D: ok"]);
  expect(callsOf(rescued, "b")).toBe(1);
});

test("whether failures of a step with run_once are ignored is asked where it is done", async () => {
  const done = await run(
    `
- { name: A, run: "m:a(\${{ item }})", loop: [1, 2], run_once: true, ignore_errors: "\${{ item == 2 }}" }
- { name: B, run: "m:b()", when: has(vars.wanted), run_once: true, ignore_errors: "\${{ vars.wanted }}" }`,
    { answer: () => (call) => (call.args[0] === 2 ? raise(atom("oops")) : 1) },
  );
  for (const name of HOSTS) expect(statuses(done, name)).toEqual(["A: ignored", "B: skipped"]);
});

test("hosts fail where the host is lost that did the step for all, and none repeats it", async () => {
  const done = await run('- { name: A, run: "m:a()", run_once: true }', {
    answer: () => () => {
      throw new FusionPlayError("lost", { code: "NODE_LOST" });
    },
  });
  const ends = HOSTS.map((name) => host(done, name).status).toSorted();
  expect(ends).toEqual(["failed", "failed", "unreachable"]);
  const failed = HOSTS.find((name) => host(done, name).status === "failed");
  expect(host(done, failed).steps[0]?.error?.code).toBe("RUN_ONCE_LOST");
  expect(callsOf(done, "a")).toBe(1);
});

test("a run that is stopped ends hosts that wait for a step with run_once", async () => {
  const stop = new AbortController();
  let waiting = 0;
  const done = await run('- { name: A, run: "m:a()", run_once: true }', {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "step_started" && ++waiting === 3) stop.abort();
    },
    answer:
      () =>
      (_, { signal }) =>
        new Promise((_, reject) => {
          if (signal.aborted) reject(signal.reason as Error);
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
  });
  expect(HOSTS.map((name) => host(done, name).status)).toEqual(["cancelled", "cancelled", "cancelled"]);
  expect(done.report.exit_code).toBe(130);
});

test.each([
  [1, undefined],
  [2, undefined],
  [2, 1],
])("throttle: %i is never exceeded, with --concurrency %s", async (throttle, concurrency) => {
  let atWork = 0;
  let most = 0;
  const isFull = latch();
  const limit = Math.min(throttle, concurrency ?? throttle);
  const done = await run(
    `
- block: [{ name: A, run: "m:a()" }]
  throttle: ${throttle}
- { name: B, run: "m:b()" }`,
    {
      inventory: "a,b,c,d,e,",
      ...(concurrency === undefined ? {} : { concurrency }),
      answer: () => async (call) => {
        if (call.function !== "a") return 1;
        most = Math.max(most, ++atWork);
        if (atWork === limit) isFull.open();
        await isFull.promise;
        await new Promise((resolve) => setImmediate(resolve));
        atWork--;
        return 1;
      },
    },
  );
  expect(done.report.status).toBe("ok");
  expect(most).toBe(limit);
  expect(callsOf(done, "b")).toBe(5);
});

test("a run that is stopped ends hosts that wait for their place at a throttled step", async () => {
  const stop = new AbortController();
  const done = await run('- { name: A, run: "m:a()", throttle: 1 }', {
    signal: stop.signal,
    answer:
      () =>
      (_, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
          stop.abort();
        }),
  });
  expect(HOSTS.map((name) => host(done, name).status)).toEqual(["cancelled", "cancelled", "cancelled"]);
});
