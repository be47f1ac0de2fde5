import type { ErrorReport } from "../../engine/report.ts";
import type { SpanEvent } from "./span.ts";

/**
 * Gives an error as the event that tells of it.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
 */
export function exceptionEvent(error: ErrorReport, atMs: number): SpanEvent {
  const { code, message, hint, class: kind, reason, stacktrace, expected, actual } = error;
  return {
    name: "exception",
    atMs,
    attributes: {
      "exception.type": kind ?? code,
      "exception.message": message,
      "exception.stacktrace": stacktrace?.join("\n"),
      "fusion_play.error.code": code,
      "fusion_play.error.hint": hint ?? undefined,
      "fusion_play.error.reason": reason,
      "fusion_play.error.expected": expected,
      "fusion_play.error.actual": actual,
    },
  };
}
