import type { Report } from "../../engine/report.ts";
import { jsonPieces } from "../json-pieces.ts";
import { jsonText } from "../json-text.ts";
import { reportToLazyJson } from "../report-json.ts";
import { writtenReport, type WrittenReport } from "../written-report.ts";
import { ctrfText } from "./ctrf.ts";
import { githubText } from "./github.ts";
import { gitlabText } from "./gitlab.ts";
import { htmlText } from "./html.ts";
import { junitText } from "./junit.ts";
import { markdownText } from "./markdown.ts";

/** A format that a report can be written in. */
export type ReportFormat = "json" | "junit" | "html" | "markdown" | "github" | "gitlab" | "ctrf";

/** How the formats are written, each from what `json` writes. */
export const REPORT_FORMATS: Readonly<Record<ReportFormat, (report: WrittenReport) => string>> = {
  json: (report) => `${jsonText(report, 2)}\n`,
  junit: junitText,
  html: htmlText,
  markdown: markdownText,
  github: githubText,
  gitlab: gitlabText,
  ctrf: ctrfText,
};

/**
 * Writes the report of a run in pieces: as JSON a step at a time, so that neither the text nor the JSON of all results
 * is ever in memory. Other formats have no JSON of results, and most no results at all.
 */
export function* reportPieces(report: Report, format: ReportFormat): Generator<string> {
  if (format === "json") {
    yield* jsonPieces(reportToLazyJson(report));
    yield "\n";
  } else {
    yield REPORT_FORMATS[format](writtenReport(report, format === "html" ? "printed" : "none"));
  }
}
