import { compareTerms } from "./compare.ts";
import { MapTerm, type Term } from "./term.ts";

/** Whether Erlang's `=:=` holds: `1` is not `1.0`, and the order of the pairs of a map does not count. */
export function termsEqual(a: Term, b: Term): boolean {
  if (a === b) return true;
  if (a instanceof MapTerm && b instanceof MapTerm && a.entries.length !== b.entries.length) return false;
  return compareTerms(a, b) === 0;
}
