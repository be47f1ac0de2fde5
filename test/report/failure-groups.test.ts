import { describe, expect, test } from "vitest";
import type { ErrorReport, HostReport } from "../../src/engine/report.ts";
import { failureGroups, type FailureGroupsOptions } from "../../src/report/failure-groups.ts";
import { renderLine } from "../../src/report/line.ts";
import { hostReport, sampleReport, stepReport } from "./sample-run.ts";

function failures(
  hosts: Readonly<Record<string, HostReport>>,
  options: Partial<FailureGroupsOptions> = {},
): string {
  const report = { ...sampleReport, plays: [{ name: "Play", hosts }] };
  return failureGroups(report, { width: 80, verbosity: 0, ...options })
    .map((line) => renderLine(line, { color: false, unicode: true }))
    .join("\n");
}

function failedWith(error: Pick<ErrorReport, "message"> & Partial<ErrorReport>): HostReport {
  const report: ErrorReport = { code: "REMOTE_EXCEPTION", hint: null, ...error };
  return hostReport({
    status: "failed",
    steps: [stepReport({ name: "Check", kind: "run", status: "failed", error: report })],
  });
}

function fleet(
  count: number,
  reportOf: (name: string, index: number) => HostReport,
): Record<string, HostReport> {
  const names = Array.from({ length: count }, (_, index) => `web${String(index + 1).padStart(3, "0")}`);
  return Object.fromEntries(names.map((name, index) => [name, reportOf(name, index)]));
}

test("failureGroups() has hosts together whose messages differ in their own names only, with the calls that led there", () => {
  const stacktrace = [":lists.foo/1", "lib/check.ex:3: Check.run/0"];
  const hosts = fleet(12, (name) =>
    failedWith({ message: `Check.run/0 raised :enospc on ${name}`, stacktrace }),
  );
  expect(failures(hosts)).toMatchInlineSnapshot(`
    "  web[001-012] (12 hosts): Play | Check
        REMOTE_EXCEPTION: Check.run/0 raised :enospc on <host>
          at :lists.foo/1
          at lib/check.ex:3: Check.run/0"
  `);
  const [one] = Object.entries(hosts);
  expect(failures(Object.fromEntries(one === undefined ? [] : [one]))).toContain("raised :enospc on web001");
});

test("failureGroups() has hosts together whose messages differ in processes and in folders of a run", () => {
  const hosts = fleet(12, (name, index) =>
    failedWith({
      message: `Cannot upload to "/tmp/fusion-play-oyJaCc3sP${100 + index}/1/a-1/priv/b" on ${name}, says <0.${index}.0>`,
    }),
  );
  expect(failures(hosts)).toMatchInlineSnapshot(`
    "  web[001-012] (12 hosts): Play | Check
        REMOTE_EXCEPTION: Cannot upload to "/tmp/fusion-play-…/1/a-1/priv/b" on <host>, says <…>"
  `);
  const [one] = Object.entries(hosts);
  expect(failures(Object.fromEntries(one === undefined ? [] : [one]))).toContain(
    "/fusion-play-oyJaCc3sP100/",
  );
});

test("failureGroups() shows five calls of a long stack trace, our own before those of OTP", () => {
  const stacktrace = Array.from({ length: 30 }, (_, index) =>
    index === 20 ? "lib/check.ex:3: Check.run/0" : `lists.erl:${index}: :lists.map/2`,
  );
  const pushed = [{ module: "Elixir.Check", bytes: 1, md5: "", needed_by: null, reason: null, elixir: null }];
  const report = failedWith({ message: "raised", stacktrace });
  const shipped = stepReport({ name: "Ship", kind: "push", status: "ok", pushed });
  expect(failures({ web1: { ...report, steps: [shipped, ...report.steps] } })).toMatchInlineSnapshot(`
    "  web1: Play | Check
        REMOTE_EXCEPTION: raised
          at lists.erl:0: :lists.map/2
          at lists.erl:1: :lists.map/2
          at lists.erl:2: :lists.map/2
          at lists.erl:3: :lists.map/2
          at lib/check.ex:3: Check.run/0
          … and 25 more calls"
  `);
});

test("failureGroups() compares what an assertion met with what it expected, where that tells more than both", () => {
  const term = (memory: number): string =>
    `%{disks: ["/", "/home"], kernel: "6.1.0-37-amd64", memory_mb: ${memory}, status: "ok"}`;
  const assertion = { code: "ASSERTION_FAILED", message: "not equal" } as const;
  expect(
    failures({
      web1: failedWith({ ...assertion, expected: term(15), actual: term(99) }),
      web2: failedWith({ ...assertion, message: "too few", expected: "3", actual: "2" }),
      web3: failedWith({ ...assertion, message: "no memory", expected: "true", actual: "false" }),
    }),
  ).toMatchInlineSnapshot(`
    "  web1: Play | Check
        ASSERTION_FAILED: not equal
            …
              disks: ["/", "/home"],
              kernel: "6.1.0-37-amd64",
          -   memory_mb: 15,
          +   memory_mb: 99,
              status: "ok"
            }
      web2: Play | Check
        ASSERTION_FAILED: too few
          Expected: 3
          Actual: 2
      web3: Play | Check
        ASSERTION_FAILED: no memory"
  `);
});

describe("failureGroups() of 500 hosts that all fail", () => {
  test("has those together whose messages differ in numbers, where there are too many otherwise", () => {
    const hosts = fleet(500, (_, index) => failedWith({ message: `only ${index} MB of 4096\nleft` }));
    expect(failures(hosts)).toMatchInlineSnapshot(`
      "  web[001-500] (500 hosts): Play | Check, such as web001
          REMOTE_EXCEPTION: only 0 MB of 4096
            left"
    `);
    const few = fleet(15, (_, index) => failedWith({ message: `only ${index} MB` }));
    expect(failures(few)).toContain("only 14 MB");
  });

  test("lists the first of them, and counts the others", () => {
    const word = (index: number): string => index.toString(2).replaceAll("0", "o").replaceAll("1", "l");
    const hosts = fleet(500, (_, index) =>
      failedWith({
        message: `${word(index % 200)} is wrong\n${"line\n".repeat(50)}`,
        hint: "Look there",
        stacktrace: Array.from({ length: 50 }, () => "lists.erl:1: :lists.map/2"),
      }),
    );
    const text = failures(hosts);
    expect(text.split("\n").length).toBeLessThan(15 * 15);
    expect(text.endsWith("\n  … and 185 more failures, on 455 hosts")).toBe(true);
    expect(failures(hosts, { verbosity: 1 })).toMatch(/… and 100 more failures, on 200 hosts$/);
    expect(failures(hosts, { verbosity: 2 })).not.toContain("more failure");
  });
});
