import { expect, test } from "vitest";
import type { Report, StepReport } from "../../src/engine/report.ts";
import { REPORT_FORMATS, reportPieces } from "../../src/report/formats/report-formats.ts";
import { jsonPieces, LazyList, LazyObject, LazyRecord } from "../../src/report/json-pieces.ts";
import { makePageData } from "../../src/report/page/make-page-data.ts";
import { writtenReport } from "../../src/report/written-report.ts";
import { recordedReport } from "./recorded-run.ts";
import { sampleReport } from "./sample-run.ts";

const textOf = (pieces: Iterable<string>): string => [...pieces].join("");

test.each([
  ["a run of every status", recordedReport],
  ["a run with items and facts", sampleReport],
  ["a run of no plays", { ...sampleReport, plays: [] }],
  ["a play of no hosts", { ...sampleReport, plays: [{ name: "Empty", hosts: {} }] }],
] satisfies [string, Report][])(
  "reportPieces() writes the JSON of %s as it is written whole",
  (_, report) => {
    expect(textOf(reportPieces(report, "json"))).toBe(REPORT_FORMATS.json(writtenReport(report)));
  },
);

test.each(["junit", "markdown", "github", "gitlab", "ctrf"] as const)(
  "reportPieces() writes %s without the JSON of results as it is written with it",
  (format) => {
    for (const report of [recordedReport, sampleReport]) {
      expect(textOf(reportPieces(report, format))).toBe(REPORT_FORMATS[format](writtenReport(report)));
    }
  },
);

test("the page of a run needs results as they are printed, and not as JSON", () => {
  for (const report of [recordedReport, sampleReport]) {
    expect(makePageData(writtenReport(report, "printed"))).toEqual(makePageData(writtenReport(report)));
  }
});

test("jsonPieces() writes what is made while it is written as if it had been there", () => {
  const list = new LazyList([1, 2], (element: number) => ({ twice: [2 * element, "a\nb"] }));
  const record = new LazyRecord({ one: list, none: new LazyList([], () => 0) }, (value) => value);
  const json = new LazyObject({ name: "x", left: undefined }, "all", record);
  expect(textOf(jsonPieces(json))).toBe(
    JSON.stringify(
      { name: "x", all: { one: [{ twice: [2, "a\nb"] }, { twice: [4, "a\nb"] }], none: [] } },
      null,
      2,
    ),
  );
  expect(textOf(jsonPieces(new LazyObject({}, "all", new LazyRecord({}, String))))).toBe('{\n  "all": {}\n}');
});

test("reportPieces() looks at the result of a step when it writes it, and has it in one piece", () => {
  let looked = 0;
  const [play] = sampleReport.plays;
  const [host, end] = Object.entries(play?.hosts ?? {}).find(([, { steps }]) => steps.length > 0) ?? [];
  const [step] = end?.steps ?? [];
  if (play === undefined || host === undefined || end === undefined || step === undefined) {
    throw new Error("The sample has no step");
  }
  const watched: StepReport[] = Array.from({ length: 100 }, (_, index) => ({
    ...step,
    items: null,
    get result() {
      looked++;
      return Buffer.from(`result ${index}, ${"x".repeat(1000)}`);
    },
  }));
  const report = { ...sampleReport, plays: [{ ...play, hosts: { [host]: { ...end, steps: watched } } }] };
  let longest = 0;
  let seen = 0;
  for (const piece of reportPieces(report, "json")) {
    longest = Math.max(longest, piece.length);
    if (piece.includes("result ")) seen++;
    expect(looked).toBeLessThanOrEqual(seen);
  }
  expect(looked).toBe(100);
  expect(seen).toBe(100);
  expect(longest).toBeLessThan(10_000);
});
