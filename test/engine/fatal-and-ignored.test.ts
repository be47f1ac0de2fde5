import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { atom } from "../../src/etf/term.ts";
import { fakeRun, host, playbookOf, raise, statuses, type FakeRun } from "./fake-run.ts";
import { latch } from "./latch.ts";

const down = (): FusionPlayError => new FusionPlayError("down", { code: "SSH_CONNECT_FAILED" });

function ends({ report }: FakeRun, play = 0): string[] {
  return Object.entries(report.plays[play]?.hosts ?? {}).map(([name, { status }]) => `${name}: ${status}`);
}

test("any_errors_fatal lets hosts finish their step and always, and ends play and run", async () => {
  const isFailed = latch();
  const atWork = latch();
  const isDone = latch();
  const run = await fakeRun(
    `- name: P
  hosts: all
  any_errors_fatal: true
  serial: [3, 1]
  steps:
    - { name: A, run: "m:a()", when: host.name != "web3" }
    - block:
        - { name: B, run: "m:b()", when: host.name != "web3" }
        - { name: C, run: "m:c()", when: host.name != "web3" }
      always: [{ name: D, run: "m:d()", when: host.name != "web3" }]
- name: Later
  hosts: web3
  steps: [{ name: E, run: "m:e()" }]
`,
    {
      inventory: "web1,web2,web3,web4,",
      onEvent: (event) => {
        if (event.type === "host_finished" && event.host === "web2") isFailed.open();
        if (event.type === "host_finished" && event.host === "web3") isDone.open();
      },
      answer:
        (name) =>
        async ({ function: called }) => {
          if (name === "web2" && called === "a") {
            await Promise.all([atWork.promise, isDone.promise]);
            return raise(atom("oops"));
          }
          if (name === "web1" && called === "b") {
            atWork.open();
            await isFailed.promise;
          }
          return 1;
        },
    },
  );
  expect(ends(run)).toEqual(["web1: cancelled", "web2: failed", "web3: ok", "web4: skipped"]);
  expect(statuses(run, "web1")).toEqual(["A: ok", "B: ok", "D: ok"]);
  expect(host(run, "web1").error).toMatchObject({
    code: "CANCELLED",
    message: "Cannot go on with the play: web2 failed, and any_errors_fatal holds",
  });
  expect(run.report).toMatchObject({ exit_code: 2, status: "failed" });
  expect(run.report.plays.map(({ name }) => name)).toEqual(["P"]);
});

test("any_errors_fatal counts a host that cannot be reached, and not one that is rescued or ignored", async () => {
  const text = (rest: string): string => `- name: P
  hosts: all
  any_errors_fatal: true
  serial: 1
  ${rest}
`;
  const steps = 'steps: [{ name: A, run: "m:f()" }]';
  const answer = (name: string) => (name === "web1" ? down() : (): number => 1);
  const unreachable = await fakeRun(text(steps), { answer });
  expect(ends(unreachable)).toEqual(["web1: unreachable", "web2: skipped", "web3: skipped"]);
  expect(unreachable.report.exit_code).toBe(4);
  const rescued = await fakeRun(
    text(
      'steps: [{ block: [{ run: "m:f()" }], rescue: [{ run: "m:g()" }] }, { fail: x, ignore_errors: true }]',
    ),
    { answer: () => (call) => (call.function === "f" ? raise(atom("oops")) : 1) },
  );
  expect(ends(rescued)).toEqual(["web1: ok", "web2: ok", "web3: ok"]);
});

test("any_errors_fatal ends hosts that were waiting for their turn before they are connected", async () => {
  const run = await fakeRun(
    '- { name: P, hosts: all, any_errors_fatal: true, steps: [{ run: "m:f()" }] }\n',
    { concurrency: 1, answer: () => () => raise(atom("oops")) },
  );
  expect(ends(run)).toEqual(["web1: failed", "web2: skipped", "web3: skipped"]);
  expect([...run.nodes.keys()]).toEqual(["web1"]);
});

test("ignore_unreachable of a play counts nothing, and the host is tried again by the next play", async () => {
  let tries = 0;
  const run = await fakeRun(
    `- name: P
  hosts: all
  serial: 1
  ignore_unreachable: true
  any_errors_fatal: true
  max_fail_percentage: 0
  steps: [{ name: A, run: "m:f()" }]
- name: Q
  hosts: all
  steps: [{ name: A, run: "m:f()" }]
`,
    { answer: (name) => (name === "web1" && tries++ === 0 ? down() : () => 1) },
  );
  expect(ends(run, 0)).toEqual(["web1: unreachable", "web2: ok", "web3: ok"]);
  expect(ends(run, 1)).toEqual(["web1: ok", "web2: ok", "web3: ok"]);
  expect(host(run).ignored).toBe(true);
  expect(run.report).toMatchObject({ exit_code: 0, status: "ok" });
});

test("ignore_unreachable of a block counts for its steps, and not for those after it", async () => {
  const lostAt = (wanted: string): Promise<FakeRun> =>
    fakeRun(
      `- name: P
  hosts: web1
  steps:
    - block: [{ name: A, run: "m:a()" }]
      ignore_unreachable: true
    - { name: B, run: "m:b()" }
`,
      {
        answer: () => (call) => {
          if (call.function === wanted) throw new FusionPlayError("lost", { code: "NODE_LOST" });
          return 1;
        },
      },
    );
  const ignored = await lostAt("a");
  expect(statuses(ignored)).toEqual(["A: failed"]);
  expect(host(ignored)).toMatchObject({ status: "unreachable", ignored: true });
  expect(ignored.report.exit_code).toBe(0);
  const counted = await lostAt("b");
  expect(host(counted).ignored).toBeUndefined();
  expect(counted.report.exit_code).toBe(4);
});

test("any_errors_fatal ends the function of a play at its next step", async () => {
  const isFailed = latch();
  const playbook = await playbookOf(
    `import { play } from "fusion-play";
export default play({
  name: "P",
  hosts: "web1,web2",
  any_errors_fatal: true,
  async steps(host) {
    await host.run("m:f()");
    await host.run("m:g()");
  },
});
`,
    "ts",
  );
  const run = await fakeRun(playbook, {
    onEvent: (event) => {
      if (event.type === "host_finished" && event.host === "web2") isFailed.open();
    },
    answer: (name) => async () => {
      if (name === "web2") return raise(atom("oops"));
      await isFailed.promise;
      return 1;
    },
  });
  expect(ends(run)).toEqual(["web1: cancelled", "web2: failed"]);
  expect(host(run, "web1").steps.map(({ status }) => status)).toEqual(["ok"]);
  expect(run.report.exit_code).toBe(2);
});

test.each(["linear", "host_pinned"])(
  "any_errors_fatal holds while the host that failed does its always and its handlers (%s)",
  async (strategy) => {
    const isAtUnlock = latch();
    const hasEnded = latch();
    const called: string[] = [];
    const run = await fakeRun(
      `- name: P
  hosts: all
  strategy: ${strategy}
  any_errors_fatal: true
  force_handlers: true
  steps:
    - { name: Notify, run: "m:notify()", changed_when: true, notify: Reload }
    - block:
        - { name: Check, run: "m:check()" }
        - { name: Migrate, run: "m:migrate()" }
      always: [{ name: Unlock, run: "m:unlock()" }]
  handlers: [{ name: Reload, run: "m:reload()" }]
`,
      {
        inventory: "web1,web2,",
        onEvent: (event) => {
          if (event.type === "host_finished" && event.host === "web1") hasEnded.open();
        },
        answer:
          (name) =>
          async ({ function: what }) => {
            called.push(`${name} ${what}`);
            if (name === "web2" && what === "check") return raise(atom("oops"));
            if (name === "web2" && what === "unlock") {
              isAtUnlock.open();
              await hasEnded.promise;
            }
            // In a linear play the other host does its cleanup after this step.
            if (name === "web1" && what === "check" && strategy !== "linear") await isAtUnlock.promise;
            return 1;
          },
      },
    );
    expect(ends(run)).toEqual(["web1: cancelled", "web2: failed"]);
    expect(called.filter((call) => call.endsWith("migrate"))).toEqual([]);
    expect(statuses(run, "web2")).toEqual(["Notify: changed", "Check: failed", "Unlock: ok", "Reload: ok"]);
    expect(run.report.exit_code).toBe(2);
  },
);
