import type { Data } from "../etf/data.ts";
import { atom } from "../etf/term.ts";
import type { ErrorReport, StepReport } from "./report.ts";

/** Reasons of fewer characters are words such as `badarg`, which tell nothing and stand in much else. */
const TELLING_CHARACTERS = 16;

/** Keeps from being shown later what a step gave that has `no_log`. */
export function hideResult(
  { error, data }: { readonly error: ErrorReport | null; readonly data: Data },
  onHidden: (data: Data) => void,
): void {
  if (error === null) return onHidden(data);
  for (const text of [error.message, error.reason ?? ""]) {
    if (text.length >= TELLING_CHARACTERS) onHidden(text);
  }
}

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
