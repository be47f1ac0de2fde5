import { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import { atom, binary, MapTerm } from "../etf/term.ts";
import { isLoss } from "./is-loss.ts";
import type { ErrorReport } from "./report.ts";

/** What is known of a failure: in a registered name where it was ignored, in `failed_result` below `rescue`. */
export function failureData({ code, message, reason }: ErrorReport): Data {
  return new MapTerm([
    [binary("failed"), atom("true")],
    [binary("code"), binary(code)],
    [binary("message"), binary(message)],
    [binary("reason"), reason === undefined ? atom("nil") : binary(reason)],
  ]);
}

/** Whether the error tells of the host as a whole, and not only of the step in which it was met. */
export function isHostError({ code }: Pick<ErrorReport, "code">): boolean {
  return isLoss(code) || code === "CANCELLED";
}

export function asError({ code, message, hint }: ErrorReport): FusionPlayError {
  return new FusionPlayError(message, { code, hint: hint ?? undefined });
}

/** Why the host was stopped; an error that was caused by it may tell more of it. */
export function toldOf(error: unknown, { reason }: AbortSignal): unknown {
  return error instanceof FusionPlayError && error.cause === reason ? error : reason;
}

const FINAL_CODES: ReadonlySet<ErrorReport["code"]> = new Set([
  "DELEGATE_UNREACHABLE",
  "MODULE_TOO_NEW",
  "APPLICATION_NOT_FOUND",
  "ARCHITECTURE_MISMATCH",
  "MODULE_PROTECTED",
  "POLICY_VIOLATION",
  "EXPRESSION_FAILED",
]);

/** Whether another attempt would be of no use. */
export function isFinal({ code }: ErrorReport): boolean {
  return isLoss(code) || FINAL_CODES.has(code);
}
