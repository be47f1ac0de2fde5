import { FusionPlayError } from "../errors.ts";

/** Formats that are written. */
export const REPORT_FORMATS = ["json"] as const;

/** A report that was asked for: `--report json=run.json`. */
export interface ReportOption {
  readonly format: (typeof REPORT_FORMATS)[number];
  readonly file: string;
}

/** Formats of the command line's contract that this version does not write. */
const LATER_FORMATS: readonly string[] = ["junit", "html", "markdown", "github"];

const HINT = "Write --report json=<file>";

/**
 * Parses the value of `--report`.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function parseReportOption(value: string): ReportOption {
  const [format = "", ...rest] = value.split("=");
  const file = rest.join("=");
  if (format !== "json") {
    const state = LATER_FORMATS.includes(format)
      ? "this version writes json only"
      : "there is no such format";
    throw new FusionPlayError(`Cannot write a report as "${format}": ${state}`, {
      code: "USAGE",
      hint: HINT,
    });
  }
  if (file === "") {
    throw new FusionPlayError(`Cannot write the report "${value}": it names no file`, {
      code: "USAGE",
      hint: HINT,
    });
  }
  return { format, file };
}
