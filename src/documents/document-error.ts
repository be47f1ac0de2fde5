import type { ErrorCode } from "../error-code.ts";
import { FusionPlayError } from "../errors.ts";

/** One mistake in a file. */
export interface Problem {
  readonly file: string;
  /** Line and column count from 1. */
  readonly line: number;
  readonly column: number;
  /** What is wrong, without the place. */
  readonly message: string;
  /** What to write instead; a suggestion such as `Did you mean "register"?`. */
  readonly hint: string | undefined;
  /** The line of the file it stands in, for the caret; undefined where the file is secret. */
  readonly sourceLine: string | undefined;
  /** Whether it sums up others, and is told after them. */
  readonly isSummary?: true;
}

/** A file that cannot be used as it is, with all of its mistakes. */
export class DocumentError extends FusionPlayError {
  override readonly name = "DocumentError";
  readonly problems: readonly Problem[];

  /** @param problems at least one */
  constructor(problems: readonly Problem[], code: ErrorCode = "DOCUMENT_INVALID") {
    super(formatProblems(problems), { code });
    this.problems = problems;
  }
}

/** More than these nobody reads; a file with so many is not what it was taken for. */
const MAX_SHOWN = 100;

function formatProblems(problems: readonly Problem[]): string {
  const shown = problems.slice(0, MAX_SHOWN).map(formatProblem);
  if (problems.length > MAX_SHOWN) shown.push(`… and ${problems.length - MAX_SHOWN} more problems`);
  return shown.join("\n\n");
}

/**
 * Writes a problem as people read it:
 *
 *     site.yml:4:7: Unknown key "regster"
 *       4 |       regster: health
 *         |       ^
 *       Did you mean "register"?
 */
export function formatProblem({ file, line, column, message, hint, sourceLine }: Problem): string {
  const place = `${file}:${line}:${column}: ${message}`;
  if (sourceLine === undefined) return hint === undefined ? place : `${place}\n  ${hint}`;
  const number = String(line);
  const { before, rest } = excerpt(sourceLine, column);
  // A tab stays a tab above the caret, or the caret would stand elsewhere than the character.
  const indent = before.replaceAll(/[^\t]/gu, " ");
  const lines = [
    place,
    `  ${number} | ${before}${rest}`.trimEnd(),
    `  ${" ".repeat(number.length)} | ${indent}^`,
  ];
  if (hint !== undefined) lines.push(`  ${hint}`);
  return lines.join("\n");
}

/** Characters of a line shown on either side of the caret. */
const EXCERPT_REACH = 60;

/** What stands before the caret and from it on, with what would upset a terminal replaced. */
function excerpt(sourceLine: string, column: number): { before: string; rest: string } {
  const characters = Array.from(sourceLine.replaceAll(UNPRINTABLE, "\uFFFD"));
  const caret = column - 1;
  const start = characters.length > 2 * EXCERPT_REACH ? Math.max(0, caret - EXCERPT_REACH) : 0;
  const end = start === 0 ? 2 * EXCERPT_REACH : caret + EXCERPT_REACH;
  return {
    before: (start > 0 ? "…" : "") + characters.slice(start, caret).join(""),
    rest: characters.slice(caret, end).join("") + (end < characters.length ? "…" : ""),
  };
}

// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
