import { jsonText } from "../json-text.ts";
import type { WrittenReport } from "../written-report.ts";
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
