import { layoutTerm } from "./layout-term.ts";
import { textLines } from "./printable.ts";
import type { WrittenItem, WrittenStep } from "./written-report.ts";

/** Whether the report has the results as terms, whole: those of old have them as JSON only. */
export function isPrinted(step: WrittenStep): boolean {
  return resultsOf(step).every(({ printed, result }) =>
    printed === undefined ? result === null : !printed.endsWith("…"),
  );
}

/** The result of a step as lines: the term, or the JSON of it; none where there is no result. */
export function resultTextLines(step: WrittenStep, { asJson = false }: { asJson?: boolean } = {}): string[] {
  const results = resultsOf(step).map(asJson ? jsonLines : termLines);
  if (step.items === null) return results.flat();
  return step.items.flatMap((item, index) => itemLines(item, results[index] ?? []));
}

interface WrittenResult {
  readonly printed: string | undefined;
  /** As JSON. */
  readonly result: unknown;
}

/** That of the step, or those of its items. */
function resultsOf({ printed, result, items }: WrittenStep): WrittenResult[] {
  if (items === null) return [{ printed, result }];
  const results: readonly unknown[] = Array.isArray(result) ? result : [];
  return items.map((item, index) => ({ printed: item.printed, result: results[index] ?? null }));
}

function jsonLines({ result }: WrittenResult): string[] {
  return result === null ? [] : JSON.stringify(result, null, 2).split("\n");
}

function termLines({ printed }: WrittenResult): string[] {
  return printed === undefined ? [] : layoutTerm(printed);
}

function itemLines({ label, status, error }: WrittenItem, result: readonly string[]): string[] {
  const why = error === null ? "" : `, ${error.code}: ${error.message}`;
  return [...textLines(`${label}: ${status}${why}`), ...result.map((line) => `  ${line}`)];
}
