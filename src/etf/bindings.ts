import { termsEqual } from "./equal.ts";
import type { Term } from "./term.ts";

/** What the variables of a pattern stand for. */
export type Bindings = Map<string, Term>;

/** Binds a variable, or compares it with what it is bound to. */
export function bind(name: string, term: Term, bindings: Bindings): boolean {
  if (name === "_") return true;
  const bound = bindings.get(name);
  if (bound !== undefined) return termsEqual(bound, term);
  bindings.set(name, term);
  return true;
}
