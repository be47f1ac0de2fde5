import type { TermLanguage } from "../etf/language.ts";
import { isAtom, MapTerm, type Term } from "../etf/term.ts";
import { utf8Text } from "../etf/utf8-text.ts";
import { textLines } from "./printable.ts";
import { formatCount } from "./quantity.ts";
import { resultLines } from "./result-lines.ts";
import { shorten } from "./shorten.ts";

/** Lines of one change that are shown, each of them up to a length; the report has all of it. */
const MOST_LINES = 1000;
const LINE_LIMIT = 1000;

/**
 * Writes what a function said that it would change: of a map with `before` and `after`, the lines that only
 * one of them has, after `-` and `+`; text as it is; anything else as a term.
 */
export function diffLines(diff: Term, language: TermLanguage): string[] {
  const lines = allLines(diff, language);
  const shown = lines.slice(0, MOST_LINES).map((line) => shorten(line, LINE_LIMIT));
  const left = lines.length - shown.length;
  return left > 0 ? [...shown, `… and ${formatCount(left, "more line")}`] : shown;
}

function allLines(diff: Term, language: TermLanguage): string[] {
  const before = valueOf(diff, "before");
  const after = valueOf(diff, "after");
  if (before === undefined || after === undefined) return linesOf(diff, language);
  const [old, fresh] = [linesOf(before, language), linesOf(after, language)];
  const [inOld, inFresh] = [new Set(old), new Set(fresh)];
  return [
    ...old.filter((line) => !inFresh.has(line)).map((line) => `- ${line}`),
    ...fresh.filter((line) => !inOld.has(line)).map((line) => `+ ${line}`),
  ];
}

function valueOf(diff: Term, key: string): Term | undefined {
  if (!(diff instanceof MapTerm)) return undefined;
  return diff.entries.find(([name]) => isAtom(name, key) || isText(name, key))?.[1];
}

function isText(term: Term, text: string): boolean {
  return term instanceof Uint8Array && utf8Text(term) === text;
}

function linesOf(term: Term, language: TermLanguage): string[] {
  const text = term instanceof Uint8Array ? utf8Text(term) : undefined;
  return text === undefined ? resultLines(term, { language }) : textLines(text);
}
