import { charlistText, isCharlist } from "./charlist.ts";
import { sortedEntries } from "./compare.ts";
import { formatTerm } from "./format.ts";
import type { TermLanguage } from "./language.ts";
import { mapKeys } from "./map-keys.ts";
import { MapTerm, type Term, type TermNode } from "./term.ts";
import { utf8Text } from "./utf8-text.ts";
import type { Value } from "./value.ts";

/** Atoms that JavaScript has values for. */
const ATOM_VALUES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["true", true],
  ["false", false],
  ["nil", null],
  ["undefined", null],
]);

/**
 * Makes plain JavaScript of a term: atoms and UTF-8 binaries are strings, as are lists that are text,
 * tuples and other lists are arrays, maps are objects with printed keys.
 *
 * @param language how pids, ports, references, funs and bit strings are written
 */
export function termToValue(term: Term, language: TermLanguage = "erlang"): Value {
  if (typeof term === "number" || typeof term === "bigint") return term;
  if (term instanceof Uint8Array) return utf8Text(term) ?? term;
  if (isNode(term)) return nodeToValue(term, language);
  return isCharlist(term) ? charlistText(term) : term.map((element) => termToValue(element, language));
}

function isNode(term: readonly Term[] | TermNode): term is TermNode {
  return !Array.isArray(term);
}

function nodeToValue(term: TermNode, language: TermLanguage): Value {
  switch (term.type) {
    case "float":
      return term.value;
    case "atom": {
      const value = ATOM_VALUES.get(term.name);
      return value === undefined ? term.name : value;
    }
    case "tuple":
      return term.elements.map((element) => termToValue(element, language));
    case "improper_list":
      return [...term.elements, term.tail].map((element) => termToValue(element, language));
    case "map": {
      const sorted = new MapTerm(sortedEntries(term));
      const keys = mapKeys(sorted);
      // Unlike an assignment, this makes a property even of the key `__proto__`.
      return Object.fromEntries(
        sorted.entries.map(([, value], index) => [keys[index] ?? "", termToValue(value, language)]),
      );
    }
    default:
      return formatTerm(term, language);
  }
}
