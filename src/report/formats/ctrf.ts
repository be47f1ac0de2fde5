import { wasCutOff } from "../step-outcome.ts";
import type { WrittenHost, WrittenReport, WrittenStep } from "../written-report.ts";
import { errorText } from "./error-text.ts";

interface CtrfTest {
  readonly name: string;
  readonly suite: readonly string[];
  readonly status: "passed" | "failed" | "skipped";
  readonly duration: number;
  readonly message?: string;
  readonly trace?: string;
  readonly retries?: number;
}

/**
 * Writes a report in the Common Test Report Format: a test for each step on each host. Failures that are ignored or
 * rescued count as passed; what was cut off when the run was stopped counts as skipped.
 *
 * @see https://ctrf.io/docs/specification/overview
 */
export function ctrfText(report: WrittenReport): string {
  const tests = report.plays.flatMap(({ name, hosts }) =>
    Object.entries(hosts).flatMap(([host, end]) => testsOf(end, [name, host])),
  );
  const count = (status: CtrfTest["status"]): number => tests.filter((test) => test.status === status).length;
  const start = Date.parse(report.started_at);
  const document = {
    reportFormat: "CTRF",
    specVersion: "0.0.0",
    results: {
      tool: { name: "fusion-play" },
      summary: {
        tests: tests.length,
        passed: count("passed"),
        failed: count("failed"),
        pending: 0,
        skipped: count("skipped"),
        other: 0,
        start,
        stop: start + Math.round(report.duration_ms),
      },
      tests,
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function testsOf({ status, error, ignored, steps }: WrittenHost, suite: readonly string[]): CtrfTest[] {
  const own: CtrfTest[] =
    error === null
      ? []
      : [
          {
            name: "host",
            suite,
            status: status === "cancelled" ? "skipped" : ignored === true ? "passed" : "failed",
            duration: 0,
            message: error.message,
            trace: errorText(error),
          },
        ];
  return [...own, ...steps.map((step) => testOf(step, { suite, ignored }))];
}

function testOf(
  step: WrittenStep,
  { suite, ignored }: Pick<CtrfTest, "suite"> & { readonly ignored: WrittenHost["ignored"] },
): CtrfTest {
  const { name, status, rescued, duration_ms, attempts, error } = step;
  const isLeftOut = status === "skipped" || wasCutOff(step);
  const isFailed = status === "failed" && !rescued && ignored !== true;
  return {
    name,
    suite,
    status: isLeftOut ? "skipped" : isFailed ? "failed" : "passed",
    duration: Math.round(duration_ms),
    ...(error === null ? {} : { message: error.message, trace: errorText(error) }),
    ...(attempts > 1 ? { retries: attempts - 1 } : {}),
  };
}
