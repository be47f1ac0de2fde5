import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { checkFilesDiffer, parseReportOption } from "../../src/report/report-option.ts";

test("parseReportOption() takes format and file apart", () => {
  expect(parseReportOption("json=run.json")).toEqual({ format: "json", file: "run.json" });
  expect(parseReportOption("junit=run.xml")).toEqual({ format: "junit", file: "run.xml" });
  expect(parseReportOption("json=a=b.json")).toEqual({ format: "json", file: "a=b.json" });
});

test.each([
  ["json", 'Cannot write the report "json": it names no file'],
  ["json=", 'Cannot write the report "json=": it names no file'],
  ["run.json", 'Cannot write a report as "run.json": there is no such format'],
  ["", 'Cannot write a report as "": there is no such format'],
  ["pdf=run.pdf", 'Cannot write a report as "pdf": there is no such format'],
  ["toString=run", 'Cannot write a report as "toString": there is no such format'],
])("parseReportOption() refuses %j", (value, message) => {
  expect(() => parseReportOption(value)).toThrow(
    new FusionPlayError(message, {
      code: "USAGE",
      hint: "Write --report json=<file>; the formats are json, junit, html, markdown, github, gitlab, ctrf",
    }),
  );
});

test("checkFilesDiffer() refuses two reports in one file, however it is written", () => {
  checkFilesDiffer(["a.json", "b/a.json"]);
  expect(() => checkFilesDiffer(["a.json", "b.xml", "./b/../a.json"])).toThrow(
    expect.objectContaining({ code: "USAGE", message: 'Cannot write two reports to "./b/../a.json"' }),
  );
});

test("checkFilesDiffer() refuses a report in the file of the journal", () => {
  checkFilesDiffer(["a.json"], "b/a.json");
  expect(() => checkFilesDiffer(["a.json", "./run.journal"], "run.journal")).toThrow(
    expect.objectContaining({
      code: "USAGE",
      message: 'Cannot write a report to "./run.journal": it is the journal of the run',
    }),
  );
});
