import { wasCutOff } from "../step-outcome.ts";
import type { WrittenHost, WrittenReport, WrittenStep } from "../written-report.ts";
import { errorText } from "./error-text.ts";
import { element, escapeXml } from "./xml.ts";

/** What a test case says besides its name. */
interface Case {
  readonly name: string;
  readonly ms: number;
  readonly result: "passed" | "failed" | "error" | "skipped";
  /** What stands in it. */
  readonly content: readonly string[];
}

/**
 * Writes a report as JUnit XML: a suite for each play and host, and a case for each step. A step that failed is a
 * `failure`; a host that was unreachable, or failed outside of its steps, has a case of its own, `host`, with an
 * `error`. Failures that are ignored or rescued count as passed, and stand in the output of their case; what was cut
 * off when the run was stopped counts as skipped.
 *
 * @see https://github.com/testmoapp/junitxml what readers of the format have in common
 */
export function junitText(report: WrittenReport): string {
  const suites = report.plays.flatMap(({ name, hosts }) =>
    Object.entries(hosts).map(([host, end]) => suiteOf(name, host, end, report.started_at)),
  );
  // Some readers know no `skipped` of all suites.
  const { tests, failures, errors } = totalsOf(suites.flatMap(({ cases }) => cases));
  const root = element(
    "testsuites",
    { name: "fusion-play", tests, failures, errors, time: seconds(report.duration_ms) },
    suites.map((suite) => `\n${suite.text}`),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

function suiteOf(
  play: string,
  host: string,
  end: WrittenHost,
  startedAt: string,
): { text: string; cases: readonly Case[] } {
  const cases = [...hostCases(end), ...end.steps.map((step) => stepCase(step, end))];
  const text = element(
    "testsuite",
    {
      name: `${play} | ${host}`,
      ...totalsOf(cases),
      time: seconds(cases.reduce((sum, { ms }) => sum + ms, 0)),
      timestamp: startedAt.replace(/\.\d+Z$/, ""),
      hostname: host,
    },
    cases.map(
      ({ name, ms, content }) =>
        `\n${element("testcase", { name, classname: `${play}.${host}`, time: seconds(ms) }, content)}`,
    ),
  );
  return { text, cases };
}

/** A host that did not get to its steps, or through them, is a case by itself. */
function hostCases({ status, error, ignored, steps }: WrittenHost): Case[] {
  if (error !== null && status === "cancelled") {
    const content = [element("skipped", { message: error.message })];
    return [{ name: "host", ms: 0, result: "skipped", content }];
  }
  if (error !== null) {
    const isCounted = ignored !== true;
    const told = isCounted
      ? element("error", { message: error.message, type: error.code }, [text(errorText(error))])
      : element("system-out", {}, [text(`ignored: ${errorText(error)}`)]);
    return [{ name: "host", ms: 0, result: isCounted ? "error" : "passed", content: [told] }];
  }
  if (status !== "skipped" || steps.length > 0) return [];
  const message = "the play did not get to this host";
  return [{ name: "host", ms: 0, result: "skipped", content: [element("skipped", { message })] }];
}

function stepCase(step: WrittenStep, { ignored }: Pick<WrittenHost, "ignored">): Case {
  const { name, duration_ms: ms, output, error, status } = step;
  const printed = output === "" ? [] : [element("system-out", {}, [text(output)])];
  if (status === "skipped") {
    const message = step.would_run === true ? "it would run" : undefined;
    return { name, ms, result: "skipped", content: [element("skipped", { message })] };
  }
  if (error !== null && wasCutOff(step)) {
    const skipped = element("skipped", { message: error.message });
    return { name, ms, result: "skipped", content: [skipped, ...printed] };
  }
  if (error === null) return { name, ms, result: "passed", content: printed };
  if (status === "failed" && !step.rescued && ignored !== true) {
    const failure = element("failure", { message: error.message, type: error.code }, [
      text(errorText(error)),
    ]);
    return { name, ms, result: "failed", content: [failure, ...printed] };
  }
  const told = `${step.rescued ? "rescued" : "ignored"}: ${errorText(error)}`;
  const all = output === "" ? told : `${told}\n\n${output}`;
  return { name, ms, result: "passed", content: [element("system-out", {}, [text(all)])] };
}

function totalsOf(cases: readonly Case[]): Record<"tests" | "failures" | "errors" | "skipped", number> {
  const count = (wanted: Case["result"]): number => cases.filter(({ result }) => result === wanted).length;
  return {
    tests: cases.length,
    failures: count("failed"),
    errors: count("error"),
    skipped: count("skipped"),
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Text of an element, in which line ends stay as they are. */
function text(content: string): string {
  return escapeXml(content).replaceAll("&#10;", "\n").replaceAll("&#9;", "\t");
}
