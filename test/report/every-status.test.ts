// One recorded run in every format. `npx vitest --project rooms test/report/every-status --update` writes them anew.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { REPORT_FORMATS, type ReportFormat } from "../../src/report/formats/report-formats.ts";
import { linesReporter } from "../../src/report/lines-reporter.ts";
import { ndjsonReporter } from "../../src/report/ndjson-reporter.ts";
import { encodeRequest, encodeSpan } from "../../src/report/otel/otlp-json.ts";
import { RunSpans } from "../../src/report/otel/run-spans.ts";
import { makePageData } from "../../src/report/page/make-page-data.ts";
import type { Reporter } from "../../src/report/reporter.ts";
import { outcomeOfStep } from "../../src/report/step-outcome.ts";
import { failuresIn, writtenReport } from "../../src/report/written-report.ts";
import { CollectedStream } from "./collected-stream.ts";
import { readRequest } from "./otel/collector.ts";
import { recordedEvents, recordedReport } from "./recorded-run.ts";

const FOLDER = "../fixtures/reports/every-status";
const written = writtenReport(recordedReport);

/** What a reporter writes of the run. */
async function replayed(make: (stream: CollectedStream) => Reporter): Promise<string> {
  const stream = new CollectedStream();
  const reporter = make(stream);
  for (const event of recordedEvents) reporter.onEvent(event);
  await reporter.end();
  return stream.text;
}

function compiled(schema: string): (value: unknown) => string {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  const file = join(import.meta.dirname, "..", "..", "schemas", `${schema}.schema.json`);
  const validate = ajv.compile(JSON.parse(readFileSync(file, "utf8")) as object);
  return (value) => (validate(value) ? "" : ajv.errorsText(validate.errors));
}

/** The requests with the trace of the run, with ids that are counted. */
function traced(): string {
  let ids = 0;
  const newSpanId = (): string => (++ids).toString(16).padStart(16, "0");
  const spans = new RunSpans({ traceId: "1".repeat(32), parentSpanId: undefined, newSpanId });
  const encoded = recordedEvents.flatMap((event) => spans.after(event)).map((span) => encodeSpan(span));
  return encodeRequest({ resource: { "service.name": "fusion-play" }, version: "1.0.0" }, encoded);
}

test("the recorded run has every way in which hosts and steps end, and all that formats tell apart", () => {
  const hosts = recordedReport.plays.flatMap((play) => Object.values(play.hosts));
  const steps = hosts.flatMap((host) => host.steps);
  expect(new Set(hosts.map(({ status }) => status))).toEqual(
    new Set(["ok", "failed", "unreachable", "skipped", "cancelled"]),
  );
  expect(new Set(steps.map(outcomeOfStep))).toEqual(
    new Set(["ok", "changed", "failed", "skipped", "ignored", "rescued"]),
  );
  expect(recordedReport.status).toBe("cancelled");
  expect(hosts.some(({ ignored }) => ignored === true)).toBe(true);
  const has = (what: (step: (typeof steps)[number]) => boolean): boolean => steps.some(what);
  expect({
    retried: has(({ attempts }) => attempts > 1),
    items: has(({ items }) => items !== null && items.some(({ error }) => error !== null)),
    resumed: has(({ resumed }) => resumed === true),
    elsewhere: has(({ ran_on }) => ran_on !== undefined),
    delegated: has(({ delegated_to }) => delegated_to !== undefined),
    handler: has(({ handler }) => handler === true),
    shipped: has(({ pushed }) => pushed.length > 0),
    stack: has(({ error }) => (error?.stacktrace?.length ?? 0) > 0),
    expected: has(({ error }) => error?.expected !== undefined && error.actual !== undefined),
    control: has(({ output }) => output.includes("\u001b[31m") && output.includes("\u0000")),
    cut: has(({ error }) => error?.code === "CANCELLED"),
    hidden: has(({ name, result, output }) => name === "Hidden" && result === null && output === ""),
    placed: steps.every(({ file, line }) => file === "site.yml" && (line ?? 0) > 1),
  }).toEqual({
    retried: true,
    items: true,
    resumed: true,
    elsewhere: true,
    delegated: true,
    handler: true,
    shipped: true,
    stack: true,
    expected: true,
    control: true,
    cut: true,
    hidden: true,
    placed: true,
  });
  const types = new Set(recordedEvents.map(({ type }) => type));
  expect(types.has("step_retried") && types.has("step_output") && types.has("module_pushed")).toBe(true);
});

/** The page is told by its data. */
const FORMATS = (Object.keys(REPORT_FORMATS) as ReportFormat[]).filter((format) => format !== "html");

describe.each(FORMATS)("the format %s", (format) => {
  test("tells the recorded run", async () => {
    await expect(REPORT_FORMATS[format](written)).toMatchFileSnapshot(`${FOLDER}/run.${format}.txt`);
  });
});

test("the page has the recorded run as data", async () => {
  const data = JSON.stringify(makePageData(written), null, 1);
  await expect(`${data}\n`).toMatchFileSnapshot(`${FOLDER}/run.html-data.txt`);
});

test("ndjson tells the recorded run, each line as the schema has it", async () => {
  const text = await replayed((stream) => ndjsonReporter({ stream }));
  await expect(text).toMatchFileSnapshot(`${FOLDER}/run.ndjson.txt`);
  const check = compiled("event");
  const lines = text.trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.map((line) => check(JSON.parse(line))).filter((problem) => problem !== "")).toEqual([]);
});

test("lines 100 columns wide tell the recorded run", async () => {
  const format = { color: false, unicode: true };
  const text = await replayed((stream) =>
    linesReporter({ stream: Object.assign(stream, { columns: 100 }), format, verbosity: 1, profile: true }),
  );
  await expect(text).toMatchFileSnapshot(`${FOLDER}/run.lines.txt`);
});

test("a trace tells the recorded run, as OTLP has it", async () => {
  const body = traced();
  expect(readRequest(body).spans.length).toBeGreaterThan(50);
  await expect(`${JSON.stringify(JSON.parse(body), null, 1)}\n`).toMatchFileSnapshot(
    `${FOLDER}/run.otlp.txt`,
  );
});

test("JSON and JUnit XML of the recorded run are as their schemas have them", () => {
  expect(compiled("report")(JSON.parse(REPORT_FORMATS.json(written)))).toBe("");
  const schema = join(import.meta.dirname, "..", "fixtures", "reports", "junit.xsd");
  const options = { input: REPORT_FORMATS.junit(written), stdio: "pipe" } as const;
  execFileSync("xmllint", ["--noout", "--schema", schema, "-"], options);
});

test("all formats count the same failures", () => {
  const failures = failuresIn(written).length;
  expect(failures).toBe(3);
  const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;
  expect({
    junit: count(REPORT_FORMATS.junit(written), /<(failure|error) /g),
    ctrf: count(REPORT_FORMATS.ctrf(written), /"status": "failed"/g),
    github: count(REPORT_FORMATS.github(written), /^::error /gm),
    gitlab: count(REPORT_FORMATS.gitlab(written), /"fingerprint"/g),
    markdown: count(REPORT_FORMATS.markdown(written), /^```$/gm) / 2,
  }).toEqual({
    junit: failures,
    ctrf: failures,
    github: failures,
    gitlab: failures,
    markdown: failures,
  });
});

test("no format has what is hidden, or a path or port of the machine that recorded it", () => {
  const all = [...FORMATS.map((format) => REPORT_FORMATS[format](written)), traced()].join("\n");
  expect(all).toContain("Hidden");
  expect(all).not.toMatch(/correct-horse|\/tmp\/|<0\.\d+\.\d+>/);
});
