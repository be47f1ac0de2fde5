import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import type { HostReport, ItemReport, Report, StepReport } from "../../src/engine/report.ts";
import { atom, binary, MapTerm, Pid, type Term } from "../../src/etf/term.ts";
import { comparisonSchema } from "../../src/report/comparison-schema.ts";
import { comparisonText } from "../../src/report/comparison-text.ts";
import { compareReports, type ReportComparison } from "../../src/report/compare-reports.ts";
import { writtenReport, type WrittenReport } from "../../src/report/written-report.ts";
import { hostReport, sampleReport, stepReport } from "./sample-run.ts";

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const isComparison = ajv.compile(comparisonSchema);

function runOf(hosts: Record<string, HostReport>, more: Partial<Report> = {}): Report {
  const plays = [{ name: "Fleet", hosts }];
  return {
    version: 1,
    status: "ok",
    exit_code: 0,
    started_at: "2026-01-02T03:04:05.000Z",
    duration_ms: 9,
    plays,
    ...more,
  };
}

function compare(before: Report, after: Report): ReportComparison {
  const comparison = compareReports(
    { file: "a.json", report: writtenReport(before) },
    { file: "b.json", report: writtenReport(after) },
  );
  isComparison(structuredClone(comparison));
  expect(isComparison.errors).toBeNull();
  return comparison;
}

const text = (comparison: ReportComparison): string =>
  comparisonText(comparison, { color: false, unicode: true });

const collect = (result: Term, more: Partial<StepReport> = {}): StepReport =>
  stepReport({ name: "Collect", kind: "run", status: "ok", result, ...more });

const okHost = (...steps: StepReport[]): HostReport => hostReport({ status: "ok", steps });

const memory = (mb: number): Term =>
  new MapTerm([
    [atom("disks"), ["/", "/home", "/data", "/var/lib/database"].map(binary)],
    [atom("memory_mb"), mb],
    [atom("status"), atom("quite_well_as_far_as_we_know")],
  ]);

test("compareReports() of a run and itself finds nothing, whatever took how long", () => {
  const slower: Partial<StepReport> = {
    duration_ms: 9999,
    attempts: 7,
    started_at: "2027-01-02T03:04:05.000Z",
    push_ms: 3,
  };
  const slow = sampleReport.plays.map((play) => ({
    ...play,
    hosts: Object.fromEntries(
      Object.entries(play.hosts).map(([host, end]) => [
        host,
        { ...end, steps: end.steps.map((step) => ({ ...step, ...slower })) },
      ]),
    ),
  }));
  const comparison = compare(sampleReport, { ...sampleReport, plays: slow });
  expect(comparison.same).toBe(true);
  expect(comparison.plays.flatMap(({ changes }) => changes)).toEqual([]);
  expect(text(comparison)).toContain("\nNo difference\n");
});

test("hosts on which the same changed share an entry, with the lines of the term that changed", () => {
  const names = Array.from({ length: 12 }, (_, index) => `web${String(index + 1).padStart(2, "0")}`);
  const run = (mb: (host: string) => number): Report =>
    runOf(Object.fromEntries(names.map((host) => [host, okHost(collect(memory(mb(host))))])));
  const comparison = compare(
    run(() => 15),
    run((host) => (host === "web03" ? 15 : host === "web12" ? 99 : 12)),
  );
  expect(comparison.same).toBe(false);
  expect(text(comparison)).toMatchInlineSnapshot(`
    "- a.json  2026-01-02T03:04:05.000Z  ok, exit code 0
    + b.json  2026-01-02T03:04:05.000Z  ok, exit code 0

    PLAY Fleet
      Collect
        web[01-02,04-11] (10 hosts)
          result
              %{
                disks: ["/", "/home", "/data", "/var/lib/database"],
            -   memory_mb: 15,
            +   memory_mb: 12,
                status: :quite_well_as_far_as_we_know
              }
        web12
          result
              %{
                disks: ["/", "/home", "/data", "/var/lib/database"],
            -   memory_mb: 15,
            +   memory_mb: 99,
                status: :quite_well_as_far_as_we_know
              }

    11 hosts differ
    "
  `);
});

test("what is another one in each run does not count: processes", () => {
  const pid = (id: number): Term => new Pid("n@h", id, 0, 1);
  expect(compare(runOf({ a: okHost(collect(pid(80))) }), runOf({ a: okHost(collect(pid(81))) })).same).toBe(
    true,
  );
});

test("an atom and a text of the same letters differ, as their terms do", () => {
  const comparison = compare(
    runOf({ a: okHost(collect(atom("ok"))) }),
    runOf({ a: okHost(collect(binary("ok"))) }),
  );
  expect(comparison.plays[0]?.changes[0]?.parts).toEqual([{ what: "result", before: ":ok", after: '"ok"' }]);
});

test("a change behind the end of what is printed is found in the JSON", () => {
  const long = (last: number): Term => [...Array.from({ length: 5000 }, (_, index) => index * 1000), last];
  const comparison = compare(runOf({ a: okHost(collect(long(1))) }), runOf({ a: okHost(collect(long(2))) }));
  expect(comparison.same).toBe(false);
  expect(text(comparison)).toContain("        -   1\n        +   2\n");
});

test("a change of an item is found beside one whose result is longer than what is printed", () => {
  const long = Array.from({ length: 5000 }, (_, index) => index * 1000);
  const item = (label: string, more: Partial<ItemReport>): ItemReport => {
    return { label, status: "changed", attempts: 1, result: null, error: null, ...more };
  };
  const run = (status: ItemReport["status"], last: number): Report => {
    const items = [item("a", { result: [...long, last] }), item("b", { status })];
    return runOf({ a: okHost(stepReport({ name: "Each", kind: "run", status: "changed", items })) });
  };
  expect(compare(run("ok", 1), run("ok", 1)).same).toBe(true);
  const comparison = compare(run("ok", 1), run("changed", 2));
  expect(comparison.same).toBe(false);
  expect(text(comparison)).toContain(
    ["-     1", "+     2", "    ]", "- b: ok", "+ b: changed"].map((line) => `        ${line}\n`).join(""),
  );
});

test("results of items that a report has as JSON only are compared as JSON", () => {
  const run = (result: number): WrittenReport => {
    const items = [{ label: "a", status: "ok", attempts: 1, error: null } as const];
    const report = writtenReport(runOf({ a: okHost(collect(1)) }));
    const plays = report.plays.map(({ name, hosts }) => ({
      name,
      hosts: Object.fromEntries(
        Object.entries(hosts).map(([host, end]) => [
          host,
          { ...end, steps: end.steps.map((step) => ({ ...step, items, result: [result] })) },
        ]),
      ),
    }));
    return { ...report, plays };
  };
  const comparison = compareReports({ file: "a.json", report: run(1) }, { file: "b.json", report: run(2) });
  expect(comparison.plays[0]?.changes[0]?.parts).toEqual([
    { what: "result", before: "a: ok\n  1", after: "a: ok\n  2" },
  ]);
});

test("steps, hosts and plays that only one run has, statuses, runtimes, errors, outputs and code are told", () => {
  const pushed = (md5: string): StepReport["pushed"] => [
    { module: "health", bytes: 9, md5: md5.repeat(32), needed_by: null, reason: null, elixir: null },
  ];
  const before = runOf({
    a: okHost(
      collect(1, { pushed: pushed("a"), output: "one\ntwo\n" }),
      stepReport({ name: "Old", kind: "eval", status: "ok" }),
    ),
    gone: okHost(),
    b: okHost(collect(1)),
  });
  const after = runOf(
    {
      a: okHost(
        collect(1, { pushed: pushed("b"), output: "one\nthree\n" }),
        stepReport({ name: "New", kind: "eval", status: "changed" }),
      ),
      b: hostReport({
        status: "failed",
        runtime: { otp: "27", elixir: null },
        transport: "stdio",
        steps: [
          collect(1, {
            status: "failed",
            result: null,
            error: { code: "ASSERTION_FAILED", message: "only 12 MB", hint: null },
          }),
        ],
      }),
      fresh: okHost(),
    },
    { status: "failed", exit_code: 2 },
  );
  const all = { ...after, plays: [...after.plays, { name: "Later", hosts: { a: okHost() } }] };
  expect(text(compare(before, all))).toMatchInlineSnapshot(`
    "- a.json  2026-01-02T03:04:05.000Z  ok, exit code 0
    + b.json  2026-01-02T03:04:05.000Z  failed, exit code 2

    PLAY Fleet
      gone: only in a.json
      fresh: only in b.json
      b: ok -> failed, OTP 25, Elixir 1.14.0 -> OTP 27, tunnels -> stdio
      Collect
        a
          output
              one
            - two
            + three
          pushed
            - health aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            + health bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        b: ok -> failed
          error
            + ASSERTION_FAILED: only 12 MB
          result
            - 1
      New
        a: new step, changed
      Old
        a: step is gone

    PLAY Later
      a: only in b.json

    4 hosts differ
    "
  `);
});

test("commas at the ends of lines count in an output, and not in a term", () => {
  const run = (output: string, ...more: number[]): Report =>
    runOf({ a: okHost(collect(long(more), { output })) });
  const long = (more: readonly number[]): Term =>
    new MapTerm([[atom("readings"), [...Array.from({ length: 20 }, (_, index) => index * 1000), ...more]]]);
  expect(text(compare(run("x,"), run("x")))).toContain("\n        - x,\n        + x\n");
  expect(text(compare(run("x"), run("x", 7)))).toContain("\n              19000,\n        +     7\n");
});

test.each([
  ["x", "x\n"],
  ["x\ny\n", "x\r\ny\r\n"],
])("outputs that differ in how lines end are told as such: %j and %j", (before, after) => {
  const run = (output: string): Report => runOf({ a: okHost(collect(1, { output })) });
  expect(text(compare(run(before), run(after)))).toContain("\n    a\n      output: other line ends\n\n");
});

test("a host that was not reached, or a report that does not say it, has no other transport", () => {
  const { transport: _unsaid, ...old } = okHost();
  const before = { ...writtenReport(runOf({ a: okHost() })), plays: [{ name: "Fleet", hosts: { a: old } }] };
  const after = writtenReport(runOf({ a: okHost() }));
  const comparison = compareReports(
    { file: "a.json", report: before as unknown as typeof after },
    { file: "b.json", report: after },
  );
  expect(comparison.same).toBe(true);
});

test("runs that end differently, and on every host the same, are not the same", () => {
  const comparison = compare(
    runOf({ a: okHost() }),
    runOf({ a: okHost() }, { status: "cancelled", exit_code: 130 }),
  );
  expect(comparison.same).toBe(false);
  expect(text(comparison)).toContain("The runs ended differently");
});

test("nothing of a host moves the cursor of a terminal", () => {
  const comparison = compare(
    runOf({ a: okHost(collect(1, { output: "safe" })) }),
    runOf({ a: okHost(collect(1, { output: "\u001b[2Jgone\u0007" })) }),
  );
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  expect(comparisonText(comparison, { color: true, unicode: true })).not.toMatch(/\u001b\[2J|\u0007/);
});

test("a step whose name has another value in each run is compared, below its name as it is written", () => {
  const deploy = (release: number) => (zone: string) =>
    okHost(
      collect(binary(`done ${release}`), {
        name: `Deploy ${release} to ${zone}`,
        written_name: "Deploy ${{ vars.release }} to ${{ vars.zone }}",
      }),
    );
  const run = (hostOf: (zone: string) => HostReport): Report =>
    runOf({ web1: hostOf("north"), web2: hostOf("south") });
  const comparison = compare(run(deploy(1)), run(deploy(2)));
  expect(comparison.plays[0]?.changes).toEqual([
    {
      step: "Deploy ${{ vars.release }} to ${{ vars.zone }}",
      hosts: ["web1", "web2"],
      parts: [{ what: "result", before: '"done 1"', after: '"done 2"' }],
    },
  ]);
  expect(text(comparison)).toContain(
    "\n  Deploy ${{ vars.release }} to ${{ vars.zone }}\n    web[1-2] (2 hosts)\n",
  );
  expect(compare(run(deploy(1)), run(deploy(1))).same).toBe(true);
});

test("steps of a file that is included once more stay what they were", () => {
  const apps = (...names: string[]): Report =>
    runOf({
      web1: okHost(
        ...names.map((name, index) =>
          collect(binary(name), {
            name: `Install ${name}`,
            written_name: "Install ${{ vars.app }}",
            ...(index === 0 ? {} : { written_nth: index + 1 }),
          }),
        ),
      ),
    });
  expect(compare(apps("web", "db"), apps("web", "cache", "db")).plays[0]?.changes).toEqual([
    { step: "Install cache", hosts: ["web1"], parts: [{ what: "step", before: null, after: "ok" }] },
  ]);
});
