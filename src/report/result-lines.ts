import { formatTerm } from "../etf/format.ts";
import type { TermLanguage } from "../etf/language.ts";
import type { Term } from "../etf/term.ts";
import { textLines } from "./printable.ts";

export interface ResultOptions {
  /** The language to write it in. */
  readonly language: TermLanguage;
  /**
   * How many characters to show.
   *
   * @default 2000
   */
  readonly limit?: number;
}

/** Writes a term as a shell of its language would print it. */
export function resultLines(term: Term, { language, limit = 2000 }: ResultOptions): string[] {
  return textLines(formatTerm(term, language, { maxLength: limit }));
}
