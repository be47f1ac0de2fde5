import { expect, test } from "vitest";
import type { ErrorReport } from "../../../src/engine/report.ts";
import { gitlabDryRunText, gitlabText } from "../../../src/report/formats/gitlab.ts";
import { writtenReport } from "../../../src/report/written-report.ts";
import { sampleDryRun } from "../sample-dry-run.ts";
import { hostReport, sampleReport, stepReport } from "../sample-run.ts";

interface Issue {
  description: string;
  check_name: string;
  fingerprint: string;
  severity: string;
  location: { path: string; lines: { begin: number } };
}

interface Told {
  readonly host?: string;
  readonly name?: string;
  readonly line?: number;
  readonly code?: ErrorReport["code"];
  readonly message?: string;
}

/** The issues of a run in which these steps failed. */
function issuesOf(...failures: readonly Told[]): Issue[] {
  const hosts = failures.map(({ host = "web1", name = "Step", line = 3, ...told }) => {
    const error: ErrorReport = { code: "TIMEOUT", message: "too late", hint: null, ...told };
    const step = stepReport({ name, kind: "run", status: "failed", file: "site.yml", line, error });
    return [host, hostReport({ status: "failed", steps: [step] })] as const;
  });
  const plays = hosts.map(([host, report]) => ({ name: "Play", hosts: { [host]: report } }));
  return JSON.parse(gitlabText(writtenReport({ ...sampleReport, plays }))) as Issue[];
}

const fingerprint = (told: Told): string | undefined => issuesOf(told)[0]?.fingerprint;

test("gitlabText() gives a step on which the same went wrong one issue, with its hosts", () => {
  const issues = issuesOf(
    { host: "web1", message: "late on web1" },
    { host: "web2", message: "late on web2" },
  );
  expect(issues).toEqual([
    {
      description: "Step, web[1-2]: late on web1",
      check_name: "TIMEOUT",
      fingerprint: expect.stringMatching(/^[\da-f]{64}$/),
      severity: "critical",
      location: { path: "site.yml", lines: { begin: 3 } },
    },
  ]);
});

test("gitlabText() knows an issue again when its hosts, line and message are others, and tells others apart", () => {
  const first = fingerprint({});
  expect(fingerprint({ host: "db1", line: 30, message: "too late again" })).toBe(first);
  expect(fingerprint({ name: "Other" })).not.toBe(first);
  expect(fingerprint({ code: "NODE_LOST" })).not.toBe(first);
  const [one, two] = issuesOf({ line: 3 }, { line: 5 });
  expect([one?.fingerprint, two?.location.lines.begin]).toEqual([first, 5]);
  expect(two?.fingerprint).not.toBe(first);
});

test("gitlabText() cuts what a host gave, and shows it as text", () => {
  const [issue] = issuesOf({ message: `\u001b[31m${"x".repeat(100_000)}\nmore` });
  expect(issue?.description).toMatch(/^Step, web1: x{500}…$/);
});

test("gitlabText() puts what is unreachable at the play, and leaves out what stands in no file", () => {
  const refused: ErrorReport = { code: "SSH_CONNECT_FAILED", message: "refused", hint: null };
  const hosts = { web1: hostReport({ status: "unreachable", runtime: null, error: refused }) };
  const issues = (place: object): Issue[] =>
    JSON.parse(
      gitlabText(writtenReport({ ...sampleReport, plays: [{ name: "Play", ...place, hosts }] })),
    ) as Issue[];
  expect(issues({ file: "site.yml", line: 1 })).toMatchObject([
    { description: "Play, web1: refused", severity: "major", location: { lines: { begin: 1 } } },
  ]);
  expect(issues({})).toEqual([]);
});

test("gitlabDryRunText() tells the problems of a dry run, once for all hosts, and which could not be asked", () => {
  const plays = sampleDryRun.plays.map((play) => ({
    ...play,
    file: "site.yml",
    line: 1,
    hosts: Object.fromEntries(
      Object.entries(play.hosts).map(([host, plan]) => [
        host,
        {
          ...plan,
          steps: plan.steps.map((step, index) => ({ ...step, file: "site.yml", line: 10 + index })),
        },
      ]),
    ),
  }));
  const issues = JSON.parse(gitlabDryRunText({ ...sampleDryRun, plays })) as Issue[];
  expect(issues).toMatchObject([
    {
      description: "Drop caches, web[01-03]: RemoteHealth has no function drop_cache/0",
      check_name: "FUNCTION_NOT_FOUND",
      location: { path: "site.yml", lines: { begin: 12 } },
    },
    {
      description: "Back up, db1: Cannot find the module Backup: no code path holds it",
      check_name: "MODULE_NOT_FOUND",
      location: { path: "site.yml", lines: { begin: 10 } },
    },
    {
      description: "Connected, web02: Cannot connect to web02 (10.0.0.2:22): connection refused",
      check_name: "SSH_CONNECT_FAILED",
    },
  ]);
});
