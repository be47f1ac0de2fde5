import { describe, expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { atom } from "../../src/etf/term.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { fakeRun, host, raise, statuses, type FakeRun, type FakeRunOptions } from "./fake-run.ts";
import { latch } from "./latch.ts";

const HOSTS = ["web1", "web2", "web3"];
const STRATEGIES = ["linear", "free", "host_pinned"] as const;

function run(
  strategy: (typeof STRATEGIES)[number],
  steps: string,
  { keys = "", ...options }: FakeRunOptions & { keys?: string } = {},
): Promise<FakeRun> {
  const head = `- name: P\n  hosts: all\n  strategy: ${strategy}\n${keys}  steps:\n`;
  return fakeRun(`${head}${steps.trim().replaceAll(/^/gm, "    ")}\n`, options);
}

/** Beginnings and ends of steps in the order in which they were told: `+web1 A`, `-web1 A`. */
function order({ events }: FakeRun): string[] {
  return events.flatMap((event) => {
    if (event.type === "step_started") return `+${event.host} ${event.step}`;
    return event.type === "step_finished" ? `-${event.host} ${event.step}` : [];
  });
}

/** Where each of the steps begins first and ends last. */
function spans(done: FakeRun, steps: string): { first: number; last: number }[] {
  const told = order(done);
  return steps.split(" ").map((step) => ({
    first: told.findIndex((line) => line.startsWith("+") && line.endsWith(` ${step}`)),
    last: told.findLastIndex((line) => line.startsWith("-") && line.endsWith(` ${step}`)),
  }));
}

const ABC = `
- { name: A, run: "m:a()" }
- { name: B, run: "m:b()" }
- { name: C, run: "m:c()" }`;

test("host_pinned lets hosts go on while another is at an earlier step", async () => {
  const isDone = latch();
  const done = await run("host_pinned", ABC, {
    onEvent: (event) => {
      if (event.type === "host_finished" && event.host !== "web1") isDone.open();
    },
    answer: (name) => async (call) => {
      if (name === "web1" && call.function === "a") await isDone.promise;
      return 1;
    },
  });
  expect(done.report.status).toBe("ok");
  const [a, , c] = spans(done, "A B C");
  expect(c?.first).toBeLessThan(a?.last ?? 0);
});

test.each([1, 2, 50])(
  "linear has all hosts do a step before the next one, %i at once",
  async (concurrency) => {
    const done = await run("linear", ABC, { concurrency });
    expect(done.report.status).toBe("ok");
    const [a, b, c] = spans(done, "A B C");
    expect(a?.last).toBeLessThan(b?.first ?? 0);
    expect(b?.last).toBeLessThan(c?.first ?? 0);
  },
);

test("linear waits for the slowest host, and for those that have not begun", async () => {
  const othersAreDone = latch();
  let ended = 0;
  const done = await run("linear", ABC, {
    concurrency: 2,
    inventory: "web1,web2,web3,web4,web5,",
    onEvent: (event) => {
      if (event.type === "step_finished" && event.step === "A" && ++ended === 4) othersAreDone.open();
    },
    answer: (name) => async (call) => {
      if (name === "web1" && call.function === "a") await othersAreDone.promise;
      return 1;
    },
  });
  const told = order(done);
  expect(told.indexOf("-web1 A")).toBeLessThan(told.findIndex((line) => line.endsWith(" B")));
  expect(done.report.status).toBe("ok");
});

test("linear goes on without hosts that fail, are unreachable or end their part", async () => {
  const done = await run(
    "linear",
    `
- { name: A, run: "m:a()" }
- { name: End, meta: end_host, when: host.name == "web4" }
- { name: B, run: "m:b()" }
- { name: C, run: "m:c()" }`,
    {
      inventory: "web1,web2,web3,web4,",
      answer: (name) => {
        if (name === "web1") return new FusionPlayError("down", { code: "SSH_CONNECT_FAILED" });
        return (call) => (name === "web2" && call.function === "b" ? raise(atom("oops")) : 1);
      },
    },
  );
  expect(host(done, "web1").status).toBe("unreachable");
  expect(statuses(done, "web2")).toEqual(["A: ok", "End: skipped", "B: failed"]);
  expect(statuses(done, "web3")).toEqual(["A: ok", "End: skipped", "B: ok", "C: ok"]);
  expect(statuses(done, "web4")).toEqual(["A: ok", "End: ok"]);
});

test("linear has rescue and always done by those that get there before others go on, and handlers last", async () => {
  const done = await run(
    "linear",
    `
- block: [{ name: A, run: "m:a()", changed_when: true, notify: H }]
  rescue: [{ name: R, run: "m:r()" }]
  always: [{ name: L, run: "m:l()" }]
- { name: B, run: "m:b()" }
- { meta: flush_handlers, name: F }
- { name: C, run: "m:c()", changed_when: true, notify: I }
`,
    {
      keys: `  handlers:
    - { name: H, run: "m:h()" }
    - { name: I, run: "m:i()" }
`,
      answer: (name) => (call) => (name === "web2" && call.function === "a" ? raise(atom("oops")) : 1),
    },
  );
  expect(statuses(done, "web1")).toEqual([
    "A: changed",
    "L: ok",
    "B: ok",
    "F: ok",
    "H: ok",
    "C: changed",
    "I: ok",
  ]);
  expect(statuses(done, "web2")).toEqual([
    "A: failed",
    "R: ok",
    "L: ok",
    "B: ok",
    "F: ok",
    "C: changed",
    "I: ok",
  ]);
  const inOrder = spans(done, "A R L B F H C I");
  for (const [index, { last }] of inOrder.entries()) {
    const next = inOrder[index + 1];
    if (next !== undefined) expect(last).toBeLessThan(next.first);
  }
});

test("free lets hosts take turns at each step, and host_pinned does not", async () => {
  const begun = async (strategy: "free" | "host_pinned"): Promise<string[]> => {
    const done = await run(strategy, ABC, { concurrency: 1 });
    expect(done.report.status).toBe("ok");
    return order(done).filter((line) => line.startsWith("+"));
  };
  const turns = (await begun("free")).map((line) => line.slice(-1));
  expect(turns).toEqual(["A", "A", "A", "B", "B", "B", "C", "C", "C"]);
  const pinned = (await begun("host_pinned")).map((line) => line.slice(-1));
  expect(pinned).toEqual(["A", "B", "C", "A", "B", "C", "A", "B", "C"]);
});

test("any_errors_fatal with linear keeps all hosts from the next step", async () => {
  const done = await run("linear", ABC, {
    keys: "  any_errors_fatal: true\n",
    answer: (name) => (call) => (name === "web3" && call.function === "b" ? raise(atom("oops")) : 1),
  });
  expect(statuses(done, "web1")).toEqual(["A: ok", "B: ok"]);
  expect(host(done, "web1").status).toBe("cancelled");
  expect(host(done, "web3").status).toBe("failed");
});

test("any_errors_fatal at a step is for its failures alone", async () => {
  const steps = (key: string): string => `
- { name: A, run: "m:a()", when: host.name == "web1", ignore_errors: true, any_errors_fatal: true }
- { name: B, run: "m:b()", any_errors_fatal: ${key} }
- { name: C, run: "m:c()" }`;
  const answer = (name: string) => (call: { function: string }) =>
    name === "web1" && call.function !== "c" ? raise(atom("oops")) : 1;
  const fatal = await run("linear", steps("true"), { answer });
  expect(statuses(fatal, "web2")).toEqual(["A: skipped", "B: ok"]);
  const plain = await run("linear", steps("false"), { answer, keys: "  any_errors_fatal: true\n" });
  expect(statuses(plain, "web2")).toEqual(["A: skipped", "B: ok", "C: ok"]);
});

test.each(STRATEGIES)("a run that is stopped ends hosts that wait, with %s", async (strategy) => {
  const stop = new AbortController();
  const done = await run(
    strategy,
    `
- block: [{ name: A, run: "m:a()" }, { name: B, run: "m:b()" }]
  always: [{ name: L, run: "m:l()" }]`,
    {
      signal: stop.signal,
      concurrency: 3,
      onEvent: (event) => {
        if (event.type === "step_started" && event.step === "A" && event.host === "web1") stop.abort();
      },
      answer:
        () =>
        (call, { signal }) => {
          if (call.function === "l") return 1;
          return new Promise((_, reject) => {
            if (signal.aborted) reject(signal.reason as Error);
            signal.addEventListener("abort", () => reject(signal.reason as Error));
          });
        },
    },
  );
  expect(done.report.status).toBe("cancelled");
  for (const name of HOSTS) expect(host(done, name).status).toBe("cancelled");
  expect(statuses(done, "web1")).toEqual(["A: failed", "L: ok"]);
});

describe.each(STRATEGIES)("with %s all other keys mean the same:", (strategy) => {
  test.each([1, 2, 50])("%i hosts at once", async (concurrency) => {
    const failing = new Set(["web2"]);
    const done = await run(
      strategy,
      `
- { name: Once, run: "m:once()", run_once: true, register: once }
- { name: Throttled, run: "m:t()", throttle: 1 }
- { name: Delegated, run: "m:d()", delegate_to: web3, changed_when: true, notify: H }
- { name: Looped, run: "m:l(\${{ item }})", loop: [1, 2, 3] }
- { name: Pushed, push: m, transaction: true }
- { name: Tried, run: "m:tried()", retries: 2, delay: 1ms, until: result == 7, ignore_errors: true }
- block: [{ name: Fails, run: "m:fails()" }]
  rescue: [{ name: Rescued, run: "m:r()" }]
  always: [{ name: Always, set: { x: 1 } }]
- { name: Checked, assert: once == 7 && vars.x == 1 }
- { name: End, meta: end_host, when: host.name == "web5" }
- { name: Last, run: "m:last()" }`,
      {
        concurrency,
        inventory: "web1,web2,web3,web4,web5,",
        keys: `  serial: [3, 2]
  order: sorted
  max_fail_percentage: 50
  force_handlers: true
  gather_facts: true
  ignore_unreachable: true
  handlers: [{ name: H, run: "m:h()" }]
`,
        source: new FakeModuleSource({ m: [] }),
        answer: (name) => (call) =>
          call.function === "fails" && failing.has(name) ? raise(atom("oops")) : 7,
      },
    );
    expect(done.report.status).toBe("ok");
    const all = ["Once: ok", "Throttled: ok", "Delegated: changed", "Looped: ok", "Pushed: ok", "Tried: ok"];
    const end = ["Checked: ok", "End: skipped", "Last: ok", "H: ok"];
    for (const name of ["web1", "web3", "web4"])
      expect(statuses(done, name)).toEqual([...all, "Fails: ok", "Always: ok", ...end]);
    expect(statuses(done, "web2")).toEqual([...all, "Fails: failed", "Rescued: ok", "Always: ok", ...end]);
    expect(statuses(done, "web5").slice(-2)).toEqual(["Checked: ok", "End: ok"]);
    const called = (name: string): number =>
      [...done.nodes.values()].flatMap(({ calls }) => calls).filter((call) => call.function === name).length;
    expect(called("once")).toBe(2); // once for each batch
    expect(called("l")).toBe(15);
  });
});
