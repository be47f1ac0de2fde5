import type { InlineCode, Location } from "../playbook/playbook.ts";
import { ELIXIR_LINE, erlangInlineHead } from "./inline-module.ts";

/** A place in inline code, as its compiler and stack traces tell it. */
export interface ToldPlace {
  readonly line: number;
  readonly column?: number | undefined;
}

/** A place in the source of inline code; both count from 1. */
export interface SourcePlace {
  readonly line: number;
  /** Undefined where only the line is known. */
  readonly column: number | undefined;
}

/** Finds the place in the source that a compiler or a stack trace means. */
export function sourcePlace(code: InlineCode, { line, column }: ToldPlace): SourcePlace {
  if (code.language === "elixir" && line >= ELIXIR_LINE) {
    return { line: Math.floor(line / ELIXIR_LINE), column: line % ELIXIR_LINE || undefined };
  }
  const head = code.language === "erlang" && line === 1 ? erlangInlineHead(code).length : 0;
  return { line, column: column === undefined ? undefined : Math.max(1, column - head) };
}

/** Finds where a place in the source stands in the playbook; undefined where that is not known. */
export function locateInline(code: InlineCode, { line, column }: SourcePlace): Location | undefined {
  return code.locate(offsetOf(code.source, line, column));
}

/** The line of a source, counted from 1. */
export function sourceLine(source: string, line: number): string {
  return source.split("\n")[line - 1] ?? "";
}

/** The offset of a place; of a line alone, that of its first character that is no space. */
function offsetOf(source: string, line: number, column: number | undefined): number {
  const lines = source.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const text = lines[line - 1] ?? "";
  // Compilers count characters, JavaScript counts surrogates.
  const before =
    column === undefined
      ? (/^\s*/.exec(text)?.[0] ?? "")
      : Array.from(text)
          .slice(0, column - 1)
          .join("");
  return Math.min(start + before.length, source.length);
}
