import type { TermSyntax } from "./syntax.ts";
import { ImproperList, MapTerm, Reference, Tuple, type Term } from "./term.ts";

/** Stands for a value that is not known yet: a term that nothing can be read from, neither an atom nor a fun. */
export const UNKNOWN: Term = new Reference("", 0, [0]);

/** Makes of text what is known of its term before its placeholders have values. */
export function knownPart(syntax: TermSyntax): Term {
  switch (syntax.type) {
    case "literal":
      return syntax.term;
    case "tuple":
      return new Tuple(syntax.elements.map(knownPart));
    case "list": {
      const elements = syntax.elements.map(knownPart);
      return syntax.tail === undefined ? elements : new ImproperList(elements, knownPart(syntax.tail));
    }
    case "map":
      return new MapTerm(syntax.entries.map(([key, value]) => [knownPart(key), knownPart(value)] as const));
    case "placeholder":
    case "text":
    case "bits":
    case "variable":
    case "alias":
      return UNKNOWN;
  }
}
