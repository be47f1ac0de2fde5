import type { SourceFile } from "./source-file.ts";

/** A place in a file; lines and columns count from 1, columns in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds line and column of an offset into the file's text. */
export function positionAt(file: SourceFile, offset: number): Position {
  const line = lineNumberAt(file, offset);
  const start = lineStartsOf(file)[line - 1] ?? 0;
  // Of a line with thousands of mistakes each is counted from the one before.
  const last = lastCounted.get(file);
  const from =
    last !== undefined && last.offset >= start && last.offset <= offset ? last : { offset: start, column: 1 };
  const column = from.column + charactersIn(file.text.slice(from.offset, offset));
  // Between the halves of a character its first one would be counted again.
  if (!isHalf(file.text, offset)) lastCounted.set(file, { offset, column });
  return { line, column };
}

const lastCounted = new WeakMap<SourceFile, { readonly offset: number; readonly column: number }>();

function charactersIn(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    if (isHalf(text, index + 1)) index++;
    count++;
  }
  return count;
}

/** Whether an offset is between the two code units of a character. */
function isHalf(text: string, offset: number): boolean {
  return offset > 0 && (text.codePointAt(offset - 1) ?? 0) > 0xffff;
}

/** Finds the line of an offset, counted from 1; cheaper than the column on long lines. */
export function lineNumberAt(file: SourceFile, offset: number): number {
  const starts = lineStartsOf(file);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** The text of a line (counted from 1), without its line break. */
export function lineAt(file: SourceFile, line: number): string {
  const starts = lineStartsOf(file);
  const start = starts[line - 1] ?? file.text.length;
  const end = starts[line] ?? file.text.length;
  return file.text.slice(start, end).replace(/\r?\n$/u, "");
}

/** Offsets at which lines start; kept as long as the file is, as every problem asks for them. */
const lineStarts = new WeakMap<SourceFile, readonly number[]>();

function lineStartsOf(file: SourceFile): readonly number[] {
  const known = lineStarts.get(file);
  if (known !== undefined) return known;
  const starts = [0];
  for (let at = file.text.indexOf("\n"); at !== -1; at = file.text.indexOf("\n", at + 1)) starts.push(at + 1);
  lineStarts.set(file, starts);
  return starts;
}
