import type { Problem } from "./document-error.ts";
import type { DocumentNode, Range } from "./node.ts";
import { lineAt, positionAt } from "./position.ts";
import { secretStart, withoutContent, withoutSecret } from "./secret-name.ts";
import type { SourceFile } from "./source-file.ts";

/**
 * Makes the problem `message` with its place in the file: an offset, a range, or where a node stands. A
 * password in the line is hidden, as problems are shown, logged and copied.
 */
export function problemAt(
  file: SourceFile,
  place: DocumentNode | Range | number,
  message: string,
  hint?: string,
): Problem {
  const offset = offsetOf(place);
  if (file.isSecret === true) return secretProblem(file, offset, message);
  const { line, column, path } = file.valueAt?.(offset) ?? { ...positionAt(file, offset), path: "" };
  return {
    file: file.path,
    line,
    column,
    message: path === "" ? message : `${path}: ${message}`,
    hint,
    sourceLine: shownLine(file, line).text,
  };
}

/**
 * Makes a problem whose message, but not its hint, repeats what is written in its place: not where the line hides it,
 * as it is a password or stands behind one.
 */
export function quotingProblemAt(
  file: SourceFile,
  place: DocumentNode | Range | number,
  message: string,
  hint?: string,
): Problem {
  const problem = problemAt(file, place, message, hint);
  if (file.isSecret === true || problem.column <= shownLine(file, problem.line).shownCharacters)
    return problem;
  return { ...problem, message: withoutContent(message) };
}

interface ShownLine {
  readonly line: number;
  readonly text: string;
  /** So many characters of the line are shown as they are. */
  readonly shownCharacters: number;
}

/** The last line that was shown of each file: one long line may have thousands of mistakes. */
const shownLines = new WeakMap<SourceFile, ShownLine>();

function shownLine(file: SourceFile, number: number): ShownLine {
  const last = shownLines.get(file);
  if (last?.line === number) return last;
  const line = lineAt(file, number);
  const start = secretStart(line);
  const shown = {
    line: number,
    text: withoutSecret(line),
    shownCharacters: start === undefined ? Infinity : Array.from(line.slice(0, start)).length,
  };
  shownLines.set(file, shown);
  return shown;
}

/** The place in a file that was encrypted, and what is wrong there without a word of what it holds. */
function secretProblem(file: SourceFile, offset: number, message: string): Problem {
  return {
    file: file.path,
    ...positionAt(file, offset),
    message: withoutContent(message),
    hint: undefined,
    sourceLine: undefined,
  };
}

function offsetOf(place: DocumentNode | Range | number): number {
  if (typeof place === "number") return place;
  return "kind" in place ? place.range[0] : place[0];
}

/** Sorts problems by their place; what sums them up comes last. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (a, b) =>
      Number(a.isSummary ?? false) - Number(b.isSummary ?? false) ||
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compare(a.message, b.message),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
