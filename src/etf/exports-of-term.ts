import { partsOf } from "./parts-of-term.ts";
import { Export, type Term } from "./term.ts";

/** The funs of the form `fun Module:Function/Arity` in a term, however deep. */
export function exportsOfTerm(term: Term): Export[] {
  const found: Export[] = [];
  const pending: Term[] = [term];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next instanceof Export) found.push(next);
    for (const part of partsOf(next)) pending.push(part);
  }
  return found;
}
