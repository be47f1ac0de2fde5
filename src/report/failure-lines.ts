import type { ErrorReport } from "../engine/report.ts";
import type { Line } from "./line.ts";
import { textLines } from "./printable.ts";
import { shorten } from "./shorten.ts";

/** Longest message that is shown; the report has all of it. */
const MESSAGE_LIMIT = 10_000;

/** Longest reason of an exception or value of an assertion that is shown. */
const REASON_LIMIT = 2000;

/** Writes an error with its code, what the host said about it, and what to do. */
export function failureLines(error: ErrorReport): Line[] {
  const [first = "", ...rest] = textLines(shorten(error.message, MESSAGE_LIMIT));
  return [
    [{ text: error.code, style: "red" }, `: ${first}`],
    ...rest.map((line) => [line]),
    ...exceptionLines(error),
    ...labelled("Expected", error.expected),
    ...labelled("Actual", error.actual),
    ...hintLines(error),
  ];
}

/** Writes what to do about an error; nothing where nobody knows. */
export function hintLines({ hint }: Pick<ErrorReport, "hint">): Line[] {
  return hint === null ? [] : textLines(hint).map((line, index) => [index === 0 ? `Hint: ${line}` : line]);
}

/** The exception as a shell of the host would print it: class and reason, then the calls that led there. */
function exceptionLines({ class: exceptionClass, reason, message, stacktrace = [] }: ErrorReport): Line[] {
  // Most messages name the reason already.
  const shown = reason !== undefined && !message.includes(reason) ? reason : undefined;
  return [
    ...labelled(exceptionClass === undefined ? "Reason" : `Reason (${exceptionClass})`, shown),
    ...stacktrace.flatMap((frame) => textLines(frame).map((line): Line => [dim(`  at ${line}`)])),
  ];
}

function labelled(label: string, text: string | undefined): Line[] {
  if (text === undefined) return [];
  const [first = "", ...rest] = textLines(shorten(text, REASON_LIMIT));
  return [[`${label}: ${first}`], ...rest.map((line) => [`  ${line}`])];
}

function dim(text: string): { text: string; style: "dim" } {
  return { text, style: "dim" };
}
