import { resolve } from "node:path";
import { DocumentError } from "../documents/document-error.ts";
import { parseJson } from "../documents/parse-json.ts";
import { problemAt } from "../documents/problem-at.ts";
import { readSourceFile } from "../documents/read-source-file.ts";
import type { SourceFile } from "../documents/source-file.ts";
import type { Value } from "../etf/value.ts";
import { compileJsonSchema } from "../playbook/json-schema.ts";
import { runReportSchema } from "../report/report-schema.ts";
import { isJournal } from "../journal/is-journal.ts";
import { journalReport } from "../journal/journal-report.ts";
import { writtenReport, type WrittenReport } from "../report/written-report.ts";
import { readJournal } from "./read-journal.ts";

/** So many of its mistakes tell what a file is not. */
const MOST_MISTAKES = 3;

/** A report may have all that a thousand hosts gave; more is no text of JavaScript. */
const MAX_BYTES = 480 * 1024 * 1024;

/** Levels of lists and objects; what hosts give may nest, and what is deeper would end the process. */
const MAX_LEVELS = 1500;

/**
 * Reads the report of a run that `--report json=<file>` has written, or makes it of what `--journal` has.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 * @throws {DocumentError} if it is anything else
 */
export async function readReport(name: string): Promise<WrittenReport> {
  if (await isJournal(name)) return writtenReport(journalReport(await readJournal(name)));
  const file = await readSourceFile(resolve(name), name, { maxBytes: MAX_BYTES });
  const report = parse(file);
  if (typeof report === "object" && report !== null && "plays" in report && !("started_at" in report)) {
    const message = "This is the report of a dry run, in which nothing was run";
    throw new DocumentError([problemAt(file, 0, message, "Name what a run wrote with --report json=<file>")]);
  }
  const compiled = compileJsonSchema(runReportSchema);
  const mistakes = "check" in compiled ? compiled.check.problems(report as Value) : [];
  if (mistakes.length === 0) return report as WrittenReport;
  throw new DocumentError([
    problemAt(file, 0, `This is not the report of a run: ${mistakes.slice(0, MOST_MISTAKES).join("; ")}`),
  ]);
}

function parse(file: SourceFile): unknown {
  const deep = findTooDeep(file.text);
  if (deep !== undefined) {
    const message = `Lists and objects nest deeper than ${MAX_LEVELS} levels here`;
    throw new DocumentError([problemAt(file, deep, message)]);
  }
  try {
    return JSON.parse(file.text);
  } catch (error) {
    // It knows the place of the mistake, and takes a hundred times as long.
    parseJson(file);
    throw error;
  }
}

/** Where a text of JSON nests too deep. */
function findTooDeep(text: string): number | undefined {
  let level = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) {
          if (text.charCodeAt(at) === 0x5c) at++;
        }
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++level > MAX_LEVELS) return at;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        level--;
        break;
      default:
    }
  }
  return undefined;
}
