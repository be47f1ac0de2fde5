import { bind, type Bindings } from "./bindings.ts";
import { matchBits } from "./match-bits.ts";
import { termsEqual } from "./equal.ts";
import { fillSyntax } from "./fill-syntax.ts";
import type { ListSyntax, MapSyntax, TermSyntax } from "./syntax.ts";
import { ImproperList, MapTerm, Tuple, type Term } from "./term.ts";

/**
 * Matches a term with a pattern as Erlang and Elixir do: a variable that stands twice must be equal,
 * a map may have more keys than its pattern.
 *
 * @param pattern of {@linkcode parsePattern}
 * @returns the values of its variables, or undefined where it does not match
 */
export function matchPattern(pattern: TermSyntax, term: Term): Readonly<Record<string, Term>> | undefined {
  const bindings: Bindings = new Map();
  return matches(pattern, term, bindings) ? Object.fromEntries(bindings) : undefined;
}

function matches(pattern: TermSyntax, term: Term, bindings: Bindings): boolean {
  switch (pattern.type) {
    case "literal":
      return termsEqual(pattern.term, term);
    case "variable":
      return bind(pattern.name, term, bindings);
    case "tuple":
      return (
        term instanceof Tuple &&
        term.elements.length === pattern.elements.length &&
        matchAll(pattern.elements, term.elements, bindings)
      );
    case "list":
      return matchList(pattern, term, bindings);
    case "map":
      return term instanceof MapTerm && matchMap(pattern, term, bindings);
    case "bits":
      return matchBits(pattern, term, bindings);
    case "alias":
      return matches(pattern.left, term, bindings) && matches(pattern.right, term, bindings);
    case "text":
    case "placeholder":
      return false;
  }
}

function matchAll(patterns: readonly TermSyntax[], terms: readonly Term[], bindings: Bindings): boolean {
  return patterns.every((pattern, index) => matches(pattern, terms[index] as Term, bindings));
}

function matchList({ elements, tail }: ListSyntax, term: Term, bindings: Bindings): boolean {
  if (elements.length === 0) return tail === undefined ? termsEqual([], term) : matches(tail, term, bindings);
  const list = term instanceof ImproperList ? term.elements : term;
  if (!isList(list) || list.length < elements.length) return false;
  if (!matchAll(elements, list, bindings)) return false;
  const rest = restOf(term, elements.length);
  return tail === undefined ? termsEqual([], rest) : matches(tail, rest, bindings);
}

function isList(term: Term | readonly Term[]): term is readonly Term[] {
  return Array.isArray(term);
}

function restOf(term: Term, count: number): Term {
  if (!(term instanceof ImproperList)) return (term as readonly Term[]).slice(count);
  return term.elements.length === count ? term.tail : new ImproperList(term.elements.slice(count), term.tail);
}

function matchMap({ entries }: MapSyntax, map: MapTerm, bindings: Bindings): boolean {
  return entries.every(([keySyntax, pattern]) => {
    const key = fillSyntax(keySyntax, () => null);
    const found = map.entries.find(([candidate]) => termsEqual(candidate, key));
    return found !== undefined && matches(pattern, found[1], bindings);
  });
}
