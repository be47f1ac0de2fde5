import type { DryRunReport } from "../engine/dry-run-report.ts";
import { FusionPlayError } from "../errors.ts";
import { dryRunMarkdown } from "./formats/dry-run-markdown.ts";
import { githubDryRunText } from "./formats/github.ts";
import { gitlabDryRunText } from "./formats/gitlab.ts";
import { jsonText } from "./json-text.ts";
import { dryRunToJson } from "./report-json.ts";
import type { ReportOption } from "./report-option.ts";

/** A report of a dry run that was asked for. */
export interface DryRunFile {
  readonly file: string;
  write(report: DryRunReport): string;
}

/** How the formats of dry runs are written. */
const FORMATS: Readonly<Record<string, DryRunFile["write"]>> = {
  json: (report) => `${jsonText(dryRunToJson(report), 2)}\n`,
  markdown: dryRunMarkdown,
  github: githubDryRunText,
  gitlab: gitlabDryRunText,
};

/**
 * Gives what `--report` asks of a dry run, which is not told in every format.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function dryRunReports(options: readonly ReportOption[]): DryRunFile[] {
  return options.map(({ file, format }) => {
    const write = FORMATS[format];
    if (write !== undefined) return { file, write };
    const names = Object.keys(FORMATS).join(", ");
    throw new FusionPlayError(`Cannot write a report as "${format}": those of dry runs are ${names}`, {
      code: "USAGE",
      hint: "Write --report json=<file>",
    });
  });
}
