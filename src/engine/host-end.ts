import { FusionPlayError } from "../errors.ts";
import { isLoss } from "./is-loss.ts";
import type { HostReport, HostStatus } from "./report.ts";
import type { PartEnd } from "./transactions.ts";

/** What a transaction of its batch makes of a host that is done with the play. */
export function partEndOf({ status, error, steps }: HostReport): PartEnd {
  if (status === "ok") return { type: "out" };
  const told = error ?? steps.findLast((step) => step.status === "failed" && !step.rescued)?.error;
  return { type: "failed", reason: told?.message ?? `the host is ${status}` };
}

/** What an error makes of the host. */
export function statusOf(error: unknown): HostStatus {
  if (!(error instanceof FusionPlayError)) return "failed";
  if (error.code === "CANCELLED") return "cancelled";
  return isLoss(error.code) ? "unreachable" : "failed";
}
