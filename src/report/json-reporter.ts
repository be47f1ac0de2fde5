import type { Report } from "../engine/report.ts";
import { reportToJson } from "./report-json.ts";
import { writeReportFile } from "./report-file.ts";
import type { Reporter } from "./reporter.ts";

export interface JsonReporterOptions {
  /** Where to write; {@linkcode checkReportFolder} has checked it. */
  readonly file: string;
}

/** Writes the report of the run as JSON when the run is over. A run that never finished leaves none. */
export function jsonReporter({ file }: JsonReporterOptions): Reporter {
  let report: Report | undefined;
  return {
    onEvent(event) {
      if (event.type === "run_finished") report = event.report;
    },
    async end() {
      if (report !== undefined) await writeReportFile(file, reportToJson(report));
    },
  };
}
