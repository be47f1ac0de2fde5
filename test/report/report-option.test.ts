import { expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { parseReportOption } from "../../src/report/report-option.ts";

test("parseReportOption() takes format and file apart", () => {
  expect(parseReportOption("json=run.json")).toEqual({ format: "json", file: "run.json" });
  expect(parseReportOption("json=a=b.json")).toEqual({ format: "json", file: "a=b.json" });
});

test.each([
  ["json", 'Cannot write the report "json": it names no file'],
  ["json=", 'Cannot write the report "json=": it names no file'],
  ["run.json", 'Cannot write a report as "run.json": there is no such format'],
  ["", 'Cannot write a report as "": there is no such format'],
  ["junit=run.xml", 'Cannot write a report as "junit": this version writes json only'],
  ["html=run.html", 'Cannot write a report as "html": this version writes json only'],
])("parseReportOption() refuses %j", (value, message) => {
  expect(() => parseReportOption(value)).toThrow(
    new FusionPlayError(message, { code: "USAGE", hint: "Write --report json=<file>" }),
  );
});
