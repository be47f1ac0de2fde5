import type { Report } from "../engine/report.ts";
import { reportPieces } from "./formats/report-formats.ts";
import { writeReportFile } from "./report-file.ts";
import type { ReportOption } from "./report-option.ts";
import type { Reporter } from "./reporter.ts";

/**
 * Writes the report of the run into a file when the run is over. A run that never finished leaves none.
 *
 * @param option where to write, which {@linkcode checkReportFolder} has checked, and how
 */
export function fileReporter({ file, format }: ReportOption): Reporter {
  let report: Report | undefined;
  return {
    onEvent(event) {
      if (event.type === "run_finished") report = event.report;
    },
    async end() {
      if (report !== undefined) await writeReportFile(file, reportPieces(report, format));
    },
  };
}
