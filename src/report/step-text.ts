import { layoutTerm } from "./layout-term.ts";
import { textLines } from "./printable.ts";
import type { WrittenItem, WrittenStep } from "./written-report.ts";

/** Whether the report has the result as a term, whole: those of old have it as JSON only. */
export function isPrinted({ printed, result, items }: WrittenStep): boolean {
  if (items !== null) return items.every((item) => item.printed?.endsWith("…") !== true);
  return printed === undefined ? result === null : !printed.endsWith("…");
}

/** The result of a step as lines: the term, or the JSON of it; none where there is no result. */
export function resultTextLines(step: WrittenStep, { asJson = false }: { asJson?: boolean } = {}): string[] {
  if (asJson) return step.result === null ? [] : JSON.stringify(step.result, null, 2).split("\n");
  if (step.items !== null) return step.items.flatMap(itemLines);
  return step.printed === undefined ? [] : layoutTerm(step.printed);
}

function itemLines({ label, status, printed, error }: WrittenItem): string[] {
  const why = error === null ? "" : `, ${error.code}: ${error.message}`;
  const result = printed === undefined ? [] : layoutTerm(printed);
  return [...textLines(`${label}: ${status}${why}`), ...result.map((line) => `  ${line}`)];
}
