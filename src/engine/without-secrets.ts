import { atom } from "../etf/term.ts";
import type { StepReport } from "./report.ts";

/** The report of a step with `no_log`. */
export function withoutSecrets(report: StepReport): StepReport {
  const { error } = report;
  const hidden = "Step failed: the reason is hidden, as the step has no_log";
  return {
    ...report,
    result: null,
    ...(report.diff === undefined ? {} : { diff: atom("hidden") }),
    output: "",
    error: error === null ? null : { code: error.code, message: hidden, hint: null },
  };
}
