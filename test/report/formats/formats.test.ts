import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeXml } from "../../../src/report/formats/xml.ts";
import { groupFailures } from "../../../src/report/formats/group-failures.ts";
import { REPORT_FORMATS } from "../../../src/report/formats/report-formats.ts";
import {
  failuresIn,
  hostEnds,
  writtenReport,
  type WrittenReport,
} from "../../../src/report/written-report.ts";
import { sampleReport } from "../sample-run.ts";

const SCHEMA = "test/fixtures/reports/junit.xsd";
const sample = writtenReport(sampleReport);

/** The sample with a text in every place where one may come from a file or a host. */
function withText(text: string): WrittenReport {
  const play = sample.plays[0];
  const entries = Object.entries(play?.hosts ?? {}).map(([host, end]) => {
    const named = end.steps.map((step) => ({
      ...step,
      name: `${text}${step.name}`,
      output: text,
      ...(step.file === undefined ? {} : { file: text }),
      error: step.error === null ? null : { ...step.error, message: text, reason: text, stacktrace: [text] },
    }));
    return [`${text}${host}`, { ...end, steps: named }] as const;
  });
  return { ...sample, plays: [{ name: text, hosts: Object.fromEntries(entries) }] };
}

/** Fails unless the strictest readers take a text as JUnit XML. */
function checkJunit(text: string): void {
  const folder = mkdtempSync(join(tmpdir(), "fusion-play-junit-"));
  try {
    writeFileSync(join(folder, "run.xml"), text);
    execFileSync("xmllint", ["--noout", "--schema", SCHEMA, join(folder, "run.xml")], { stdio: "pipe" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("what failed is neither ignored nor rescued, nor cut off", () => {
  const told = failuresIn(sample).map(({ host, step }) => `${host}: ${step?.name ?? "host"}`);
  expect(told.length).toBeGreaterThan(1);
  const { hosts = {} } = sample.plays[0] ?? {};
  for (const { host, step } of failuresIn(sample)) {
    expect(step === undefined || (step.status === "failed" && !step.rescued)).toBe(true);
    expect(["failed", "unreachable"]).toContain(hosts[host]?.status);
  }
});

test("the worst play of a host counts, and one that is ignored does not", () => {
  const host = {
    status: "ok",
    error: null,
    runtime: null,
    pushed: sample.plays[0]?.hosts["web1"]?.pushed,
    steps: [],
  };
  const plays = [
    {
      name: "A",
      hosts: { a: host, b: host, c: { ...host, status: "skipped" }, d: { ...host, status: "skipped" } },
    },
    {
      name: "B",
      hosts: {
        a: { ...host, status: "failed" },
        b: { ...host, status: "unreachable", ignored: true },
        c: host,
      },
    },
  ];
  const ends = hostEnds({ ...sample, plays } as unknown as WrittenReport);
  expect(ends.map(({ host: name, status }) => `${name}: ${status}`)).toEqual([
    "a: failed",
    "b: ok",
    "c: ok",
    "d: skipped",
  ]);
});

test("a step at which a host was lost that may be unreachable counts in no format", () => {
  const step = sample.plays[0]?.hosts["web3"]?.steps.find(({ error }) => error !== null);
  expect(step?.status).toBe("failed");
  const run = (ignored: object): WrittenReport => {
    const host = { ...sample.plays[0]?.hosts["web3"], status: "unreachable", error: null, ...ignored };
    return { ...sample, plays: [{ name: "A", hosts: { a: { ...host, steps: [step] } } }] } as WrittenReport;
  };
  const counts = (report: WrittenReport): unknown[] => [
    failuresIn(report).length,
    REPORT_FORMATS.junit(report).match(/<failure /g)?.length ?? 0,
    REPORT_FORMATS.ctrf(report).match(/"status": "failed"/g)?.length ?? 0,
  ];
  expect(counts(run({}))).toEqual([1, 1, 1]);
  expect(counts(run({ ignored: true }))).toEqual([0, 0, 0]);
  expect(REPORT_FORMATS.junit(run({ ignored: true }))).toContain("<system-out>ignored: REMOTE_EXCEPTION");
});

test("JUnit XML counts its cases, and readers take it", () => {
  const text = REPORT_FORMATS.junit(sample);
  checkJunit(text);
  const count = (pattern: RegExp): number => [...text.matchAll(pattern)].length;
  const [, tests, failures, errors] =
    /<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)"/.exec(text) ?? [];
  expect([Number(tests), Number(failures), Number(errors)]).toEqual([
    count(/<testcase /g),
    count(/<failure /g),
    count(/<error /g),
  ]);
});

test.each([
  "]]> & <b> \"quoted\" 'single'",
  "\u0000\u0001\u001b[31mred\u001b[0m\ufffe",
  "half \ud800 a pair",
  "line\nline\r\n\ttab",
  "😀 ünï | pipe ` tick ``` fence",
  "%0A::error::no",
])("text such as %j cannot break a format", (text) => {
  const report = withText(text);
  checkJunit(REPORT_FORMATS.junit(report));
  for (const format of ["ctrf", "gitlab"] as const) JSON.parse(REPORT_FORMATS[format](report));
  // One workflow command on each line, whatever the messages hold.
  const commands = REPORT_FORMATS.github(report).trimEnd().split("\n");
  expect(commands).toHaveLength(groupFailures(failuresIn(report)).length);
  for (const command of commands) expect(command).toMatch(/^::error (file=[^:,]*,line=\d+,)?title=[^:,]*::/);
});

test("escapeXml() leaves nothing that XML does not allow", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      // oxlint-disable-next-line no-control-regex -- control characters are what it is about
      expect(escapeXml(text)).not.toMatch(/[\u0000-\u001f<>"\ufffe\uffff]|&(?!(?:amp|lt|gt|quot|#\d+);)/);
    }),
  );
});
