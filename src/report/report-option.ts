import { resolve } from "node:path";
import { FusionPlayError } from "../errors.ts";
import { REPORT_FORMATS, type ReportFormat } from "./formats/report-formats.ts";

/** A report that was asked for: `--report json=run.json`. */
export interface ReportOption {
  readonly format: ReportFormat;
  readonly file: string;
}

/** Names of the formats that reports are written in. */
export const REPORT_FORMAT_NAMES: readonly string[] = Object.keys(REPORT_FORMATS);

const HINT = `Write --report json=<file>; the formats are ${REPORT_FORMAT_NAMES.join(", ")}`;

/**
 * Parses the value of `--report`.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function parseReportOption(value: string): ReportOption {
  const [name = "", ...rest] = value.split("=");
  const file = rest.join("=");
  const format = reportFormat(name);
  if (file === "") {
    throw new FusionPlayError(`Cannot write the report "${value}": it names no file`, {
      code: "USAGE",
      hint: HINT,
    });
  }
  return { format, file };
}

/**
 * @param journal file of the journal, if the run has one
 * @throws {FusionPlayError} `USAGE` if a report would be written over another or the journal, which would be lost
 */
export function checkFilesDiffer(files: readonly string[], journal?: string): void {
  const taken = new Set<string>();
  for (const file of files) {
    const path = resolve(file);
    if (journal !== undefined && path === resolve(journal)) {
      throw new FusionPlayError(`Cannot write a report to "${file}": it is the journal of the run`, {
        code: "USAGE",
        hint: "Name another file for the report",
      });
    }
    if (taken.has(path)) {
      throw new FusionPlayError(`Cannot write two reports to "${file}"`, {
        code: "USAGE",
        hint: "Name another file for each report",
      });
    }
    taken.add(path);
  }
}

/** The format of that name. @throws {FusionPlayError} `USAGE` */
export function reportFormat(name: string): ReportFormat {
  if (isFormat(name)) return name;
  throw new FusionPlayError(`Cannot write a report as "${name}": there is no such format`, {
    code: "USAGE",
    hint: HINT,
  });
}

function isFormat(name: string): name is ReportFormat {
  return Object.hasOwn(REPORT_FORMATS, name);
}
