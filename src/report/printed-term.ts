import { formatTerm } from "../etf/format.ts";
import type { TermLanguage } from "../etf/language.ts";
import type { Term } from "../etf/term.ts";

/** So much of a term is printed in reports; the JSON of it has all. */
const PRINTED_LIMIT = 10_000;

/** What reports hold of a result besides its JSON: the term as its language prints it, nothing where there is none. */
export function printedTerm(term: Term | null, language: TermLanguage): { readonly printed?: string } {
  return term === null ? {} : { printed: formatTerm(term, language, { maxLength: PRINTED_LIMIT }) };
}
