import { expect, test } from "vitest";
import type { HostReport, Report } from "../../src/engine/report.ts";
import { renderLine } from "../../src/report/line.ts";
import { hostTotals } from "../../src/report/host-totals.ts";
import { recapLines, type RecapOptions } from "../../src/report/recap.ts";
import { hostReport, sampleReport, stepReport } from "./sample-run.ts";

function recap(report: Report, options: Partial<RecapOptions> = {}): string {
  return recapLines(report, { columns: undefined, verbosity: 0, ...options })
    .map((line) => renderLine(line, { color: false, unicode: true }))
    .join("\n");
}

function reportOf(...plays: Record<string, HostReport>[]): Report {
  return { ...sampleReport, plays: plays.map((hosts, index) => ({ name: `Play ${index + 1}`, hosts })) };
}

const okStep = stepReport({ name: "Collect", kind: "run", status: "ok", duration_ms: 10 });
const changedStep = stepReport({ name: "Restart", kind: "run", status: "changed", duration_ms: 20 });
const ok = hostReport({
  status: "ok",
  steps: [okStep],
  pushed: { modules: 2, bytes: 2000, skipped: 0, files: 0, file_bytes: 0 },
});

function fleet(count: number): Record<string, HostReport> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`web${String(index + 1).padStart(3, "0")}`, ok]),
  );
}

function failedWith(message: string): HostReport {
  const error = { code: "STEP_FAILED", message, hint: "Look at it" } as const;
  return hostReport({
    status: "failed",
    steps: [stepReport({ name: "Check", kind: "run", status: "failed", error })],
  });
}

test("recapLines() adds up what a host did in all plays", () => {
  const pushed = { modules: 0, bytes: 0, skipped: 2, files: 3, file_bytes: 16384 };
  const later = hostReport({ status: "ok", steps: [okStep, changedStep], pushed });
  const report = reportOf({ web1: ok }, { web1: later });
  expect(hostTotals(report)).toEqual([
    {
      host: "web1",
      outcome: "changed",
      steps: { ok: 2, changed: 1, failed: 0, skipped: 0, rescued: 0, ignored: 0 },
      unreachable: 0,
      modules: 2,
      bytes: 2000,
      files: 3,
      fileBytes: 16384,
      ms: 40,
    },
  ]);
  expect(recap(report)).toMatchInlineSnapshot(`
    "RECAP
      web1  ok=2 changed=1 failed=0  pushed=2 (2.0 kB)  files=3 (16.4 kB)  40 ms
    1 host: 1 changed; pushed 2 modules (2.0 kB), pushed 3 files (16.4 kB), 4.3 s, cancelled"
  `);
});

test("hostTotals() lets the worst play decide", () => {
  const [failed, unreachable, skipped] = (["failed", "unreachable", "skipped"] as const).map((status) =>
    hostReport({ status }),
  );
  if (failed === undefined || unreachable === undefined || skipped === undefined)
    throw new Error("impossible");
  const outcome = (...reports: HostReport[]): string | undefined =>
    hostTotals(reportOf(...reports.map((report) => ({ web1: report }))))[0]?.outcome;
  expect(outcome(ok, failed)).toBe("failed");
  expect(outcome(failed, ok)).toBe("failed");
  expect(outcome(unreachable, ok)).toBe("unreachable");
  expect(outcome(skipped, ok)).toBe("ok");
  expect(outcome(skipped, skipped)).toBe("skipped");
});

test("recapLines() counts no step as failed that was cut off because the run was stopped", () => {
  const error = { code: "CANCELLED", message: "The run was stopped", hint: null } as const;
  const cutOff = stepReport({ name: "Wait", kind: "run", status: "failed", duration_ms: 10, error });
  const report = reportOf({ web1: hostReport({ status: "cancelled", error, steps: [okStep, cutOff] }) });
  expect(recap(report)).toMatchInlineSnapshot(`
    "RECAP
      web1  ok=1 changed=0 failed=0  pushed=0  20 ms
    1 host: 1 cancelled; 4.3 s, cancelled

    INTERRUPTED
      web1: Play 1 | Wait"
  `);
});

test("recapLines() lists up to 50 hosts one by one", () => {
  expect(recap(reportOf(fleet(50))).match(/web\d+/g)).toHaveLength(50);
});

test("recapLines() folds equal hosts of a large fleet and lists what failed", () => {
  const hosts = {
    ...fleet(500),
    web007: failedWith("disk full"),
    web113: failedWith("disk full"),
    web200: hostReport({
      status: "unreachable",
      runtime: null,
      error: { code: "TIMEOUT", message: "Cannot connect: 10 s are over", hint: null },
    }),
    web300: hostReport({ status: "ok", steps: [changedStep] }),
  };
  expect(recap(reportOf(hosts))).toMatchInlineSnapshot(`
    "RECAP
      web[001-006,008-112,114-199,201-299,301-500] (496 hosts)
                              ok=1 changed=0 failed=0 unreachable=0  pushed=2 (2.0 kB)  up to 10 ms
      web300                  ok=0 changed=1 failed=0 unreachable=0  pushed=0           20 ms
      web200                  ok=0 changed=0 failed=0 unreachable=1  pushed=0           0 ms
      web[007,113] (2 hosts)  ok=0 changed=0 failed=1 unreachable=0  pushed=0           up to 12 ms
    500 hosts: 496 ok, 1 changed, 2 failed, 1 unreachable; pushed 992 modules (992.0 kB), 4.3 s, cancelled

    FAILURES
      web[007,113] (2 hosts): Play 1 | Check
        STEP_FAILED: disk full
        Hint: Look at it
      web200: Play 1
        TIMEOUT: Cannot connect: 10 s are over"
  `);
});

test("recapLines() groups failures with the same message", () => {
  const hosts = {
    web1: failedWith("disk full"),
    web2: failedWith("disk full"),
    web3: failedWith("no\n1\n2\n3\n4\n5\n6"),
  };
  const text = recap(reportOf(hosts));
  expect(text.slice(text.indexOf("FAILURES"))).toMatchInlineSnapshot(`
    "FAILURES
      web[1-2] (2 hosts): Play 1 | Check
        STEP_FAILED: disk full
        Hint: Look at it
      web3: Play 1 | Check
        STEP_FAILED: no
          1
          2
          3
          4
          …
        Hint: Look at it"
  `);
});

test("recapLines() repeats no message without an end", () => {
  expect(recap(reportOf({ web1: failedWith("x".repeat(1_000_000)) })).length).toBeLessThan(1500);
});

test("recapLines() says nothing of failures where nothing failed", () => {
  expect(recap({ ...reportOf({ web1: ok }), status: "ok" })).toMatchInlineSnapshot(`
    "RECAP
      web1  ok=1 changed=0 failed=0  pushed=2 (2.0 kB)  10 ms
    1 host: 1 ok; pushed 2 modules (2.0 kB), 4.3 s"
  `);
});

test("recapLines() tells which hosts were sent Elixir itself, with those that were sent the same in one line", () => {
  const kernel = { md5: "", needed_by: null, reason: null, elixir: "1.14.0" };
  const step = stepReport({
    ...okStep,
    pushed: [
      { ...kernel, module: "Elixir.App", bytes: 5, elixir: null },
      { ...kernel, module: "Elixir.Kernel", bytes: 40_000 },
      { ...kernel, module: "elixir", bytes: 2000 },
    ],
  });
  const erlangOnly = hostReport({ status: "ok", steps: [step, okStep] });
  const text = recap({
    ...reportOf({ web1: erlangOnly, web2: ok, web3: erlangOnly }, { web3: erlangOnly }),
    status: "ok",
  });
  expect(text.split("\n").slice(-2)).toEqual([
    "Only Erlang on web1: 2 modules of Elixir 1.14.0 (42.0 kB) shipped",
    "Only Erlang on web3: 4 modules of Elixir 1.14.0 (84.0 kB) shipped",
  ]);
  const same = recap({ ...reportOf({ web1: erlangOnly, web2: ok, web3: erlangOnly }), status: "ok" });
  expect(same.split("\n").at(-1)).toBe(
    "Only Erlang on web[1,3]: 2 modules of Elixir 1.14.0 (42.0 kB) shipped to each",
  );
});

test("recapLines() names the hosts that had no tunnels, once", () => {
  const over = { ...ok, transport: "stdio" } as const;
  const text = recap({ ...reportOf({ web1: over, web2: ok, web3: over }, { web1: over }), status: "ok" });
  expect(text.split("\n").at(-1)).toBe("Over stdio, without SSH tunnels: web[1,3]");
  expect(recap({ ...reportOf({ web1: ok }), status: "ok" })).not.toContain("stdio");
});

test("recapLines() of no host", () => {
  expect(recap({ ...reportOf({}), status: "ok" })).toMatchInlineSnapshot(`
    "RECAP
    0 hosts; 4.3 s"
  `);
});

test("recapLines() counts a failure that was rescued as such, and does not list it", () => {
  const error = { code: "TIMEOUT", message: "too slow", hint: null } as const;
  const rescued = stepReport({ name: "A", kind: "run", status: "failed", rescued: true, error });
  const failed = stepReport({ name: "B", kind: "run", status: "failed", error });
  const report = reportOf({
    web1: hostReport({ status: "ok", steps: [rescued] }),
    web2: hostReport({ status: "failed", steps: [rescued, failed] }),
  });
  expect(recap(report)).toMatchInlineSnapshot(`
    "RECAP
      web1  ok=0 changed=0 failed=0 rescued=1  pushed=0  12 ms
      web2  ok=0 changed=0 failed=1 rescued=1  pushed=0  24 ms
    2 hosts: 1 ok, 1 failed; 4.3 s, cancelled

    FAILURES
      web2: Play 1 | B
        TIMEOUT: too slow"
  `);
});

function busy(name: string): HostReport {
  const steps = (["ok", "changed", "failed", "skipped", "ignored"] as const).map((status) =>
    stepReport({ name, kind: "run", status, error: status === "failed" ? failure : null }),
  );
  return hostReport({
    status: "failed",
    steps,
    pushed: { modules: 12, bytes: 123_456, skipped: 0, files: 3, file_bytes: 16384 },
  });
}

const failure = { code: "TIMEOUT", message: "too slow", hint: null } as const;

test("recapLines() leaves out columns that a narrow terminal has no room for, and breaks the totals between words", () => {
  const report = reportOf({
    web1: busy("a"),
    日本語: busy("a"),
    gone: hostReport({ status: "unreachable" }),
  });
  expect(recap(report, { columns: 120 }).split("FAILURES")[0]).toMatchInlineSnapshot(`
    "RECAP
      web1    ok=1 changed=1 failed=1 unreachable=0 skipped=1 ignored=1  pushed=12 (123.5 kB)  files=3 (16.4 kB)  60 ms
      日本語  ok=1 changed=1 failed=1 unreachable=0 skipped=1 ignored=1  pushed=12 (123.5 kB)  files=3 (16.4 kB)  60 ms
      gone    ok=0 changed=0 failed=0 unreachable=1 skipped=0 ignored=0  pushed=0              files=0            0 ms
    3 hosts: 2 failed, 1 unreachable; pushed 24 modules (246.9 kB), pushed 6 files (32.8 kB), 4.3 s, cancelled

    "
  `);
  expect(recap(report, { columns: 79 }).split("FAILURES")[0]).toMatchInlineSnapshot(`
    "RECAP
      web1    ok=1 changed=1 failed=1 unreachable=0 skipped=1 ignored=1  60 ms
      日本語  ok=1 changed=1 failed=1 unreachable=0 skipped=1 ignored=1  60 ms
      gone    ok=0 changed=0 failed=0 unreachable=1 skipped=0 ignored=0  0 ms
    3 hosts: 2 failed, 1 unreachable; pushed 24 modules (246.9 kB),
      pushed 6 files (32.8 kB), 4.3 s, cancelled

    "
  `);
  expect(recap(report, { columns: 50 }).split("FAILURES")[0]).toMatchInlineSnapshot(`
    "RECAP
      web1
        ok=1 changed=1 failed=1 unreachable=0
          skipped=1 ignored=1  60 ms
      日本語
        ok=1 changed=1 failed=1 unreachable=0
          skipped=1 ignored=1  60 ms
      gone
        ok=0 changed=0 failed=0 unreachable=1
          skipped=0 ignored=0  0 ms
    3 hosts: 2 failed, 1 unreachable;
      pushed 24 modules (246.9 kB),
      pushed 6 files (32.8 kB), 4.3 s, cancelled

    "
  `);
});

test("recapLines() of 500 hosts that all did something else has no more lines than can be read, failures last", () => {
  const hosts = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [
      `web${index + 1}`,
      hostReport({
        status: index % 10 === 0 ? "failed" : "ok",
        steps: Array.from({ length: 1 + (index % 97) }, () => okStep),
      }),
    ]),
  );
  const lines = recap(reportOf(hosts), { columns: 79 }).split("\n");
  expect(lines.length).toBeLessThan(60);
  expect(lines[1]).toMatch(/^ {2}… and \d+ more lines for \d+ hosts$/);
  expect(lines.findIndex((line) => line.startsWith("500 hosts: 450 ok, 50 failed"))).toBeGreaterThan(20);
});

test("recapLines() of hosts whose names fold to nothing keeps their list short", () => {
  const names = Array.from(
    { length: 500 },
    (_, index) => `${"abcdefghijklmnopqrst"[index % 20]}-${index * 7}x`,
  );
  const hosts = Object.fromEntries(names.map((name) => [name, ok]));
  for (const columns of [undefined, 79]) {
    for (const line of recap(reportOf(hosts), { columns }).split("\n")) {
      expect(line.length, line).toBeLessThanOrEqual(columns ?? 165);
    }
  }
});

test("recapLines() names the steps that were cut off when the run was stopped, hosts together, and no failure", () => {
  const error = { code: "CANCELLED", message: "Cannot finish: the run was stopped", hint: null } as const;
  const cutOff = stepReport({ name: "Migrate", kind: "run", status: "failed", error });
  const stopped = hostReport({ status: "cancelled", error, steps: [okStep, cutOff] });
  const report = reportOf(
    { web1: stopped, web2: ok, web3: stopped },
    { web4: hostReport({ status: "skipped" }) },
  );
  expect(recap(report).split("\n").slice(-3)).toEqual([
    "",
    "INTERRUPTED",
    "  web[1,3] (2 hosts): Play 1 | Migrate",
  ]);
});
