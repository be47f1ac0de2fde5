import type { ErrorReport } from "../../engine/report.ts";
import { failureLines } from "../failure-lines.ts";
import { renderLine } from "../line.ts";

/** An error with all that is known of it, as lines of text without colour. */
export function errorText(error: ErrorReport): string {
  return failureLines(error)
    .map((line) => renderLine(line, { color: false, unicode: true }))
    .join("\n");
}
