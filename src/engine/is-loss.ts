import type { ErrorCode } from "../error-code.ts";

/** What is told of a step when its host was lost; a host shows that it is another one when calls may be under way. */
const LOSSES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "NODE_LOST",
  "OUTCOME_UNKNOWN",
  "HANDSHAKE_COOKIE_MISMATCH",
]);

/** Whether an error with this code says that the host was lost. */
export function isLoss(code: ErrorCode): boolean {
  return LOSSES.has(code);
}
