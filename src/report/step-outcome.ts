import type { StepReport, StepStatus } from "../engine/report.ts";

/** How a step ended, as people count: a failure that `rescue` took over is none. */
export type StepOutcome = StepStatus | "rescued";

export const NO_STEPS: Readonly<Record<StepOutcome, number>> = {
  ok: 0,
  changed: 0,
  failed: 0,
  skipped: 0,
  rescued: 0,
  ignored: 0,
};

export function outcomeOfStep({ status, rescued }: Pick<StepReport, "status" | "rescued">): StepOutcome {
  return rescued ? "rescued" : status;
}

/** Whether the run was stopped while the step was at work: that is no failure of the host. */
export function wasCutOff({ status, error }: Pick<StepReport, "status" | "error">): boolean {
  return status === "failed" && error?.code === "CANCELLED";
}
