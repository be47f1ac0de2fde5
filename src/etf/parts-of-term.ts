import { Fun, ImproperList, MapTerm, Tuple, type Term } from "./term.ts";

/** The terms that a term holds directly. */
export function partsOf(term: Term): readonly Term[] {
  if (Array.isArray(term)) return term as readonly Term[];
  if (term instanceof Tuple) return term.elements;
  if (term instanceof ImproperList) return [...term.elements, term.tail];
  if (term instanceof MapTerm) return term.entries.flat();
  if (term instanceof Fun) return term.freeVariables;
  return [];
}
