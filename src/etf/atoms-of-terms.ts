import { partsOf } from "./parts-of-term.ts";
import { Atom, Export, Fun, type Term } from "./term.ts";

/** Names of all atoms in `terms`, however deep, modules of funs among them. */
export function atomsOfTerms(terms: readonly Term[]): Set<string> {
  const atoms = new Set<string>();
  const pending: Term[] = [...terms];
  for (let term = pending.pop(); term !== undefined; term = pending.pop()) {
    if (term instanceof Atom) atoms.add(term.name);
    else if (term instanceof Export || term instanceof Fun) atoms.add(term.module);
    for (const part of partsOf(term)) pending.push(part);
  }
  return atoms;
}
