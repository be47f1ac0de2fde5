import { resolve } from "node:path";
import { DocumentError } from "../documents/document-error.ts";
import { keyText } from "../documents/key-text.ts";
import { parseJson } from "../documents/parse-json.ts";
import { problemAt } from "../documents/problem-at.ts";
import type { Value } from "../etf/value.ts";
import { readSourceFile } from "../documents/read-source-file.ts";
import { compileJsonSchema } from "../playbook/json-schema.ts";
import { runReportSchema } from "../report/report-schema.ts";
import type { WrittenReport } from "../report/written-report.ts";

/** So many of its mistakes tell what a file is not. */
const MOST_MISTAKES = 3;

/**
 * Reads the report of a run that `--report json=<file>` has written.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 * @throws {DocumentError} if it is anything else
 */
export async function readReport(name: string): Promise<WrittenReport> {
  const file = await readSourceFile(resolve(name), name);
  const root = parseJson(file);
  const keys = root.kind === "mapping" ? root.entries.map(({ key }) => keyText(key)) : [];
  if (keys.includes("plays") && !keys.includes("started_at")) {
    const message = "This is the report of a dry run, in which nothing was run";
    throw new DocumentError([
      problemAt(file, root, message, "Name what a run wrote with --report json=<file>"),
    ]);
  }
  const report = JSON.parse(file.text) as WrittenReport;
  const compiled = compileJsonSchema(runReportSchema);
  const mistakes = "check" in compiled ? compiled.check.problems(report as unknown as Value) : [];
  if (mistakes.length === 0) return report;
  throw new DocumentError([
    problemAt(file, root, `This is not the report of a run: ${mistakes.slice(0, MOST_MISTAKES).join("; ")}`),
  ]);
}
