import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { atom, tuple, type Term } from "../../src/etf/term.ts";
import type { RemoteCall } from "../../src/engine/remote-node.ts";
import type { Report, StepReport } from "../../src/engine/report.ts";
import type { ShippedFile } from "../../src/engine/shipped-application.ts";
import { journalReport } from "../../src/journal/journal-report.ts";
import {
  fakeRun,
  host,
  playbookOf,
  raise,
  statuses,
  type FakeRun,
  type FakeRunOptions,
} from "../engine/fake-run.ts";
import { latch } from "../engine/latch.ts";
import { FakeModuleSource } from "../doubles/fake-module-source.ts";
import { MemoryJournal } from "./memory-journal.ts";

const PLAYBOOK = await playbookOf(`
- name: First
  hosts: all
  steps:
    - { name: A, run: "m:a()", register: a }
    - { name: Once, run: "m:once()", run_once: true, register: once }
    - { name: Set, set: { sum: "\${{ a + once }}" } }
    - name: Block
      block:
        - { name: B, run: "m:b(\${{ item }})", loop: [1, 2, 3], register: b }
        - { name: "\${{ vars.sum == 14 ? 'Bad' : '' }}", run: "m:bad()" }
      rescue: [{ name: Rescue, run: "m:rescue(\${{ failed_step.name }})", changed_when: true, notify: H }]
      always: [{ name: Always, run: "m:always()" }]
    - { name: Skipped, run: "m:skipped()", when: vars.sum == 0 }
    - { name: Check, assert: "vars.sum == 14 && b == [1, 4, 9]" }
  handlers: [{ name: H, run: "m:handler()" }]
- name: Second
  hosts: all
  gather_facts: true
  steps:
    - { name: "\${{ vars.letter }}", run: "m:c(\${{ vars.sum }})", vars: { letter: C } }
    - { name: D, assert: result == 28 }
`);

function answer({ function: name, args }: RemoteCall): Term {
  const [first] = args;
  if (name === "bad") raise(atom("bad"));
  if (name === "a") return 7;
  if (name === "once") return 7;
  if (name === "b") return Number(first) ** 2;
  if (name === "c") return 2 * Number(first);
  return tuple(atom("ok"), 1);
}

function play(options: FakeRunOptions): Promise<FakeRun> {
  return fakeRun(PLAYBOOK, { inventory: "web1,web2,", answer: () => answer, ...options });
}

/** How often each function was called on each host: `web1 a`. */
function callsIn({ nodes }: FakeRun): Map<string, number> {
  const calls = new Map<string, number>();
  for (const [host, node] of nodes) {
    for (const { function: name } of node.calls) {
      const key = name === "once" ? name : `${host} ${name}`;
      calls.set(key, (calls.get(key) ?? 0) + 1);
    }
  }
  return calls;
}

/** How all steps of all hosts ended, and what they gave. */
function ends({ plays }: Report): unknown {
  return plays.map(({ name, hosts }) => [
    name,
    Object.entries(hosts).map(([host, { status, steps }]) => [
      host,
      status,
      steps.map(({ name: step, status: end, rescued, result, items }) => [step, end, rescued, result, items]),
    ]),
  ]);
}

/** The steps of all hosts that a journal has the ends of. */
function stepsIn({ told }: MemoryJournal): StepReport[] {
  return told.plays.flatMap(({ hosts }) =>
    [...hosts.values()].flatMap(({ steps }) => steps.map(({ report }) => report)),
  );
}

const FUNCTION_OF: Readonly<Record<string, string>> = {
  A: "a",
  Once: "once",
  B: "b",
  Bad: "bad",
  Rescue: "rescue",
  Always: "always",
  H: "handler",
  C: "c",
};

test("a run that was killed at any moment goes on where each host was", async () => {
  const journal = new MemoryJournal();
  const whole = await play({ journal });
  expect(whole.report.exit_code).toBe(0);
  expect(ends(journalReport(journal.told))).toEqual(ends(whole.report));
  const all = callsIn(whole);
  expect(all.get("web1 b")).toBe(3);
  for (let lines = 1; lines < journal.lines.length; lines++) {
    const killed = journal.killedAfter(lines);
    const left = new Map(all);
    for (const { hosts } of killed.told.plays)
      for (const [host, { steps }] of hosts)
        for (const { report } of steps) {
          const name = FUNCTION_OF[report.name] ?? "";
          if (report.ran_on === undefined) left.delete(name === "once" ? name : `${host} ${name}`);
        }
    const again = new MemoryJournal(killed.lines);
    const resumed = await play({ journal: again, resumed: killed.resumed });
    expect(callsIn(resumed), `killed after line ${lines}`).toEqual(left);
    expect(ends(resumed.report), `killed after line ${lines}`).toEqual(ends(whole.report));
    // The journal goes on, and tells of both parts.
    expect(ends(journalReport(again.told)), `killed after line ${lines}`).toEqual(ends(whole.report));
  }
});

test("a step that is done once in a batch is not done again there, and in each batch that has not done it", async () => {
  const playbook = await playbookOf(
    '- { name: P, hosts: all, serial: 2, steps: [{ name: A, run: "m:once()", run_once: true }, { name: B, run: "m:b(1)" }] }',
  );
  const run = (options: FakeRunOptions): Promise<FakeRun> =>
    fakeRun(playbook, { inventory: "web1,web2,web3,web4,", answer: () => answer, ...options });
  const journal = new MemoryJournal();
  const whole = await run({ journal });
  expect(callsIn(whole).get("once")).toBe(2);
  for (let lines = 1; lines < journal.lines.length; lines++) {
    const killed = journal.killedAfter(lines);
    const done = stepsIn(killed).filter(({ name, ran_on }) => name === "A" && ran_on === undefined);
    const resumed = await run({ resumed: killed.resumed });
    expect(callsIn(resumed).get("once") ?? 0, `killed after line ${lines}`).toBe(2 - done.length);
    expect(resumed.report.exit_code).toBe(0);
  }
});

test("a handler that is done once for all hosts is done once after each flush, wherever the run was killed", async () => {
  const playbook = await playbookOf(`
- name: P
  hosts: all
  steps:
    - { name: A, run: "m:a()", changed_when: true, notify: H }
    - { name: Flush, meta: flush_handlers }
    - { name: B, run: "m:b(1)", changed_when: true, notify: H }
  handlers: [{ name: H, run: "m:once()", run_once: true }]
`);
  const run = (options: FakeRunOptions): Promise<FakeRun> =>
    fakeRun(playbook, { inventory: "web1,web2,", answer: () => answer, ...options });
  const journal = new MemoryJournal();
  const whole = await run({ journal });
  expect(callsIn(whole).get("once")).toBe(2);
  for (let lines = 1; lines < journal.lines.length; lines++) {
    const killed = journal.killedAfter(lines);
    const done = stepsIn(killed).filter(({ name, ran_on }) => name === "H" && ran_on === undefined);
    const resumed = await run({ resumed: killed.resumed });
    expect(callsIn(resumed).get("once") ?? 0, `killed after line ${lines}`).toBe(2 - done.length);
    expect(ends(resumed.report), `killed after line ${lines}`).toEqual(ends(whole.report));
  }
});

test("a step is known again whose name on the host has become another one", async () => {
  const text =
    '{ name: P, hosts: all, steps: [{ name: "A ${{ vars.n }}", run: "m:a()" }, { name: B, run: "m:b(1)" }] }';
  const playbook = await playbookOf(text);
  const run = (options: FakeRunOptions): Promise<FakeRun> =>
    fakeRun(playbook, { inventory: "web1,", answer: () => answer, ...options });
  const journal = new MemoryJournal();
  await run({ journal, extraVars: { n: 1 } });
  const begun = journal.lines.findIndex((line) => line.includes('"step_begun"') && line.includes('"B"'));
  const resumed = await run({ resumed: journal.killedAfter(begun).resumed, extraVars: { n: 2 } });
  const steps = resumed.report.plays[0]?.hosts["web1"]?.steps ?? [];
  expect(steps.map(({ name, written_name, resumed: again }) => [name, written_name, again])).toEqual([
    ["A 1", "A ${{ vars.n }}", true],
    ["B", undefined, undefined],
  ]);
  const first = journal.lines.findIndex((line) => line.includes('"step_begun"'));
  const killed = journalReport(journal.killedAfter(first + 1).told);
  expect(killed.plays[0]?.hosts["web1"]?.steps).toMatchObject([
    { name: "A 1", written_name: "A ${{ vars.n }}", status: "failed" },
  ]);
});

test("what was done is marked, and hosts that have ended are not connected to", async () => {
  const journal = new MemoryJournal();
  await play({ journal });
  const ended = journal.lines.findLastIndex(
    (line) => line.includes('"host_ended"') && line.includes('"play":1'),
  );
  const resumed = await play({ resumed: journal.killedAfter(ended).resumed });
  const [, second] = resumed.report.plays;
  const hosts = Object.entries(second?.hosts ?? {});
  expect(resumed.nodes.size).toBe(1);
  expect(hosts.map(([, { steps }]) => steps.map((step) => step.resumed))).toContainEqual([true, true]);
});

test("the report of a run that was killed tells what is known", async () => {
  const journal = new MemoryJournal();
  await play({ journal });
  const begun = journal.lines.findIndex((line) => line.includes('"step_begun"') && line.includes('"Rescue"'));
  const host = (JSON.parse(journal.lines[begun] ?? "") as { host: string }).host;
  const report = journalReport(journal.killedAfter(begun + 1).told);
  expect([report.status, report.exit_code]).toEqual(["cancelled", 137]);
  const told = report.plays[0]?.hosts[host];
  expect([told?.status, told?.error?.code]).toEqual(["cancelled", "CANCELLED"]);
  const last = told?.steps.at(-1);
  expect([last?.name, last?.status, last?.error?.code]).toEqual(["Rescue", "failed", "OUTCOME_UNKNOWN"]);
  expect([report.plays[0]?.line, last?.file !== undefined, (last?.line ?? 0) > 1]).toEqual([2, true, true]);
  expect(journalReport(journal.killedAfter(2).told).plays[0]?.hosts["web1"]?.status).toBe("skipped");
});

test("the report of a run that was killed counts what was sent by then, as that of one that ended", async () => {
  const file = (path: string, bytes: number): ShippedFile => {
    return { path, file: path, bytes, sha256: "a".repeat(64), executable: false, target: undefined };
  };
  const source = new FakeModuleSource({ m: [], n: ["o"], o: [], app: [], late: [] });
  source.applications.set("my_app", {
    name: "my_app",
    version: "1",
    resource: tuple(atom("application"), atom("my_app"), []),
    file: "my_app.app",
    modules: ["app"],
    needs: [],
    files: [file("priv/a", 40), file("priv/b", 2)],
    folders: [],
    fingerprint: "1",
  });
  const journal = new MemoryJournal();
  const text = `
- name: P
  hosts: web1
  code_loading: on_demand
  steps:
    - { push: n }
    - { push: m, delegate_to: web2 }
    - { push: { app: my_app } }
    - { name: Fetch, run: "m:a()" }
    - { name: Last, run: "m:b()" }
`;
  const whole = await fakeRun(text, {
    source,
    journal,
    inventory: "web1,web2,",
    onEvent: (event, nodes) => {
      if (event.type === "step_started" && event.step === "Fetch") nodes.get("web1")?.fetch("late");
    },
  });
  const begun = journal.lines.findIndex((line) => line.includes('"step_begun"') && line.includes('"Last"'));
  const killed = journalReport(journal.killedAfter(begun + 1).told);
  const { pushed } = host(whole);
  expect(pushed).toMatchObject({ modules: 5, files: 2, file_bytes: 42 });
  expect(killed.plays[0]?.hosts["web1"]?.pushed).toEqual({ ...pushed, skipped: 0 });
});

test("a host that failed goes on at the step that failed, one that was unreachable where it was", async () => {
  const journal = new MemoryJournal();
  const failed = await play({
    journal,
    answer: (host) => (call) => {
      if (call.function === "always" && host === "web1") raise(atom("full"));
      if (call.function === "c" && host === "web2")
        throw new FusionPlayError("Cannot go on: web2 is lost", { code: "NODE_LOST" });
      return answer(call);
    },
  });
  expect(failed.report.exit_code).toBe(6);
  const resumed = await play({ resumed: journal.resumed });
  expect(resumed.report.exit_code).toBe(0);
  expect(Object.fromEntries(callsIn(resumed))).toEqual({
    "web1 always": 1,
    "web1 handler": 1,
    "web1 c": 1,
    "web2 c": 1,
  });
});

test("a host that was stopped as another one failed goes on at the step that it did not begin", async () => {
  const playbook = await playbookOf(`
- name: P
  hosts: all
  any_errors_fatal: true
  steps:
    - { name: A, run: "m:a()" }
    - block:
        - { name: B, run: "m:b(1)" }
        - { name: Same, run: "m:c(1)" }
      always: [{ name: Same, run: "m:always()" }, { name: Once, run: "m:once()", run_once: true }]
    - { name: E, run: "m:e()" }
`);
  const run = (options: FakeRunOptions): Promise<FakeRun> =>
    fakeRun(playbook, { inventory: "web1,web2,", answer: () => answer, ...options });
  const isAtWork = latch();
  const hasFailed = latch();
  const journal = new MemoryJournal();
  const stopped = await run({
    journal,
    onEvent: (event) => {
      if (event.type === "host_finished" && event.host === "web2") hasFailed.open();
    },
    answer: (host) => async (call) => {
      if (host === "web2") {
        await isAtWork.promise;
        raise(atom("bad"));
      }
      if (call.function === "b") {
        isAtWork.open();
        await hasFailed.promise;
      }
      return answer(call);
    },
  });
  expect(statuses(stopped, "web1")).toEqual(["A: ok", "B: ok", "Same: ok", "Once: ok"]);
  const all = ["A: ok", "B: ok", "Same: ok", "Same: ok", "Once: ok", "E: ok"];
  for (let lines = 1; lines <= journal.lines.length; lines++) {
    const resumed = await run({ resumed: journal.killedAfter(lines).resumed });
    expect([statuses(resumed, "web1"), statuses(resumed, "web2")], `killed after line ${lines}`).toEqual([
      all,
      all,
    ]);
  }
  const resumed = await run({ resumed: journal.resumed });
  const calls = resumed.nodes.get("web1")?.calls.map((call) => call.function) ?? [];
  expect(calls.filter((name) => name !== "once")).toEqual(["c", "always", "e"]);
  expect(callsIn(resumed).get("once")).toBe(1);
});

test("a host goes on to where it was before it is stopped", async () => {
  const playbook = await playbookOf(`
- name: P
  hosts: all
  any_errors_fatal: true
  steps:
    - block: [{ name: Push, push: n }, { name: A, run: "m:a()" }, { name: C, run: "m:c(1)" }]
      always: [{ name: Always, run: "m:always()" }]
`);
  const source = new FakeModuleSource({ m: [], n: [] });
  const run = (options: FakeRunOptions): Promise<FakeRun> =>
    fakeRun(playbook, { source, inventory: "web1,web2,", answer: () => answer, ...options });
  const first = new MemoryJournal();
  await run({ journal: first, concurrency: 1 });
  const isBegun = (line: string): boolean => line.includes('"step_begun"') && line.includes('"C"');
  const journal = first.killedAfter(first.lines.findIndex(isBegun));
  const hasFailed = latch();
  const again = await run({
    journal,
    resumed: journal.resumed,
    onEvent: (event, nodes) => {
      if (event.type === "host_finished" && event.host === "web2") hasFailed.open();
      const node = nodes.get("web1");
      if (event.type !== "host_connected" || event.host !== "web1" || node === undefined) return;
      const push = node.push.bind(node);
      node.push = (modules, options) => hasFailed.promise.then(() => push(modules, options));
    },
    answer: (host) => (call) =>
      host === "web2" && call.function === "a" ? raise(atom("bad")) : answer(call),
  });
  expect(statuses(again, "web1")).toEqual(["Push: ok", "A: ok", "Always: ok"]);
  const resumed = await run({ resumed: journal.resumed });
  expect(resumed.report.exit_code).toBe(0);
  expect(resumed.nodes.get("web1")?.calls.map((call) => call.function)).toEqual(["c", "always"]);
});

test("a play that a host has ended is not gone on with, and steps that had begun are ended", async () => {
  const playbook = await playbookOf(`
- name: P
  hosts: all
  serial: [2, 1]
  steps:
    - { name: A, run: "m:a()" }
    - block:
        - { name: B, run: "m:b(1)", when: host.name == "web2" }
        - { name: End, meta: end_play, when: host.name == "web1" }
        - { name: C, run: "m:c(1)" }
      always: [{ name: Always, run: "m:always()" }]
- name: Later
  hosts: all
  steps: [{ name: D, run: "m:d()" }]
`);
  const run = (options: FakeRunOptions): Promise<FakeRun> =>
    fakeRun(playbook, { answer: () => answer, ...options });
  const first = async (isBad: boolean): Promise<{ journal: MemoryJournal; whole: FakeRun }> => {
    const isAtWork = latch();
    const hasEnded = latch();
    const journal = new MemoryJournal();
    const whole = await run({
      journal,
      onEvent: (event) => {
        if (event.type === "host_finished" && event.host === "web1") hasEnded.open();
      },
      answer: (host) => async (call) => {
        if (host === "web1" && call.function === "a") await isAtWork.promise;
        if (call.function === "b") {
          isAtWork.open();
          await hasEnded.promise;
          if (isBad) raise(atom("bad"));
        }
        return answer(call);
      },
    });
    return { journal, whole };
  };
  const { journal, whole } = await first(false);
  expect(statuses(whole, "web2")).toEqual(["A: ok", "B: ok", "Always: ok"]);
  expect(statuses(whole, "web3")).toEqual([]);
  const ended = journal.lines.findIndex((line) => line.includes('"ends_play"'));
  for (let lines = ended + 1; lines <= journal.lines.length; lines++) {
    const again = journal.killedAfter(lines);
    // A part that is killed at once leaves what the one before knew.
    const { resumed } = again;
    again.begin(resumed.digest);
    for (const told of [resumed, again.resumed]) {
      const done = await run({ resumed: told });
      expect(ends(done.report), `killed after line ${lines}`).toEqual(ends(whole.report));
    }
  }
  const failed = await first(true);
  expect(failed.whole.report.exit_code).toBe(2);
  const resumed = await run({ resumed: failed.journal.resumed });
  expect(ends(resumed.report)).toEqual(ends(whole.report));
});

test("what was pushed is pushed again, as it went with the BEAM", async () => {
  const source = new FakeModuleSource({ m: [] });
  const journal = new MemoryJournal();
  const text = "- hosts: all\n  steps:\n    - push: m\n    - run: m:a()\n    - run: m:b()\n";
  const playbook = await playbookOf(text);
  await fakeRun(playbook, { source, journal, inventory: "web1," });
  const ended = journal.lines.findLastIndex((line) => line.includes('"step_begun"'));
  const killed = journal.killedAfter(ended);
  const resumed = await fakeRun(playbook, {
    source,
    journal: killed,
    resumed: killed.resumed,
    inventory: "web1,",
  });
  const node = resumed.nodes.get("web1");
  expect(node?.pushes[0]).toEqual(["m"]);
  expect(node?.calls.map((call) => call.function)).toEqual(["b"]);
  expect(journalReport(killed.told).plays[0]?.hosts["web1"]?.steps).toHaveLength(3);
});

test("what was pushed once for all hosts is pushed again by one of them", async () => {
  const source = new FakeModuleSource({ m: [], n: [] });
  const playbook = await playbookOf(`
- name: P
  hosts: all
  steps:
    - { name: Push, push: n, run_once: true }
    - { name: A, run: "m:a()" }
    - { name: B, run: "m:b(1)" }
`);
  const run = (options: FakeRunOptions): Promise<FakeRun> =>
    fakeRun(playbook, { source, inventory: "web1,web2,", answer: () => answer, ...options });
  const journal = new MemoryJournal();
  await run({ journal });
  const isBegun = (line: string): boolean => line.includes('"step_begun"') && line.includes('"B"');
  const killed = journal.killedAfter(journal.lines.findIndex(isBegun));
  const resumed = await run({ resumed: killed.resumed });
  expect(resumed.report.exit_code).toBe(0);
  expect(
    [...resumed.nodes.values()].flatMap(({ pushes }) => pushes.flat()).filter((name) => name === "n"),
  ).toEqual(["n"]);
});

test("a run on a shard goes on with that part of the hosts, and with no other", async () => {
  const shard = { index: 1, count: 2 };
  const journal = new MemoryJournal();
  const inventory = "a,b,c,d,";
  const whole = await play({ inventory, shard, journal });
  const own = whole.report.plays.map(({ hosts }) => Object.keys(hosts));
  expect(own[0]).toHaveLength(2);
  const killed = journal.killedAfter(4);
  const again = new MemoryJournal(killed.lines);
  const resumed = await play({ inventory, resumed: killed.resumed, journal: again });
  expect(resumed.report.plays.map(({ hosts }) => Object.keys(hosts))).toEqual(own);
  expect([resumed.report.shard, journalReport(again.told).shard]).toEqual([shard, shard]);
  expect(again.resumed.shard).toEqual(shard);
  await play({ inventory, resumed: killed.resumed, shard });
  const connect = { inventory, answer: () => raise(atom("connected")) };
  const other = play({ resumed: again.resumed, shard: { index: 2, count: 2 }, ...connect });
  await expect(other).rejects.toMatchObject({
    code: "JOURNAL_MISMATCH",
    message: "Cannot resume the run: it began with shard 1/2, and is to go on with shard 2/2",
  });
});

test("a run on all hosts goes on with no shard of them", async () => {
  const journal = new MemoryJournal();
  await play({ journal });
  await expect(play({ resumed: journal.resumed, shard: { index: 1, count: 2 } })).rejects.toThrow(
    "Cannot resume the run: it began with all hosts, and is to go on with shard 1/2",
  );
});

test("another playbook, other steps and other modules are refused before any host is touched", async () => {
  const journal = new MemoryJournal();
  await play({ journal });
  const other = await playbookOf("- name: First\n  hosts: all\n  steps: [{ name: A, run: m:a() }]\n");
  const { resumed } = journal;
  const connect = { answer: () => raise(atom("connected")) };
  await expect(fakeRun(other, { resumed, ...connect })).rejects.toMatchObject({ code: "JOURNAL_MISMATCH" });
  await expect(play({ resumed, startAtStep: "Set", ...connect })).rejects.toThrow(
    /the steps that were chosen/,
  );
  await expect(play({ resumed, check: true, ...connect })).rejects.toThrow(/the playbooks/);
  const modules = { ...resumed, digest: { ...resumed.digest, modules: "" } };
  await expect(play({ resumed: modules, ...connect })).rejects.toThrow(
    /the modules that they ship are others/,
  );
});
