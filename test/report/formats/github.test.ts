import { expect, test } from "vitest";
import type { DryRunReport, DryRunStep } from "../../../src/engine/dry-run-report.ts";
import type { ErrorReport } from "../../../src/engine/report.ts";
import { githubDryRunText, githubText } from "../../../src/report/formats/github.ts";
import { writtenReport } from "../../../src/report/written-report.ts";
import { sampleDryRun } from "../sample-dry-run.ts";
import { hostReport, sampleReport, stepReport } from "../sample-run.ts";

/** The commands of a run in which hosts failed with these messages in a step at these lines. */
function commandsOf(
  ...failures: readonly (readonly [host: string, line: number, message: string])[]
): string {
  const hosts = failures.map(([host, line, message]) => {
    const error: ErrorReport = { code: "TIMEOUT", message, hint: null };
    const step = stepReport({
      name: "Collect",
      kind: "run",
      status: "failed",
      file: "site.yml",
      line,
      error,
    });
    return [host, hostReport({ status: "failed", steps: [step] })];
  });
  const plays = [{ name: "Health", hosts: Object.fromEntries(hosts) }];
  return githubText(writtenReport({ ...sampleReport, plays }));
}

test("githubText() gives hosts that failed alike one annotation", () => {
  expect(commandsOf(["web1", 3, "too late"], ["web2", 3, "too late"], ["db", 3, "100 %"])).toBe(
    [
      "::error file=site.yml,line=3,title=web[1-2] | Health | Collect::TIMEOUT: too late\n",
      "::error file=site.yml,line=3,title=db | Health | Collect::TIMEOUT: 100 %25\n",
    ].join(""),
  );
});

test("githubText() tells steps of one name apart by their lines", () => {
  const lines = commandsOf(["web1", 3, "too late"], ["web2", 9, "too late"]).match(/line=\d+/g);
  expect(lines).toEqual(["line=3", "line=9"]);
});

test("githubDryRunText() tells problems before warnings, once for all hosts, and hosts that could not be asked", () => {
  const step: DryRunStep = {
    name: "Drop caches",
    kind: "run",
    file: "site.yml",
    line: 12,
    would_push: [],
    would_push_files: [],
    unknown_calls: [],
    unchecked_calls: [],
    warnings: [{ code: "FUNCTION_NOT_FOUND", message: "m:f/0 is not there,\nbut asked for" }],
    problems: [{ code: "MODULE_NOT_FOUND", message: "no n" }],
  };
  const plan = {
    steps: [step],
    problems: step.problems,
    totals: { modules: 0, bytes: 0, files: 0, file_bytes: 0 },
  };
  const error: ErrorReport = { code: "SSH_CONNECT_FAILED", message: "refused", hint: null };
  const report: DryRunReport = {
    ...sampleDryRun,
    plays: [
      {
        name: "Health",
        file: "site.yml",
        line: 1,
        hosts: { web1: plan, web2: plan, db: { ...plan, steps: [], problems: [], error } },
      },
    ],
  };
  expect(githubDryRunText(report)).toBe(
    [
      "::error file=site.yml,line=12,title=web[1-2] | Health | Drop caches::MODULE_NOT_FOUND: no n\n",
      "::error file=site.yml,line=1,title=db | Health::SSH_CONNECT_FAILED: refused\n",
      "::warning file=site.yml,line=12,title=web[1-2] | Health | Drop caches::FUNCTION_NOT_FOUND: m:f/0 is not there,%0Abut asked for\n",
    ].join(""),
  );
});
