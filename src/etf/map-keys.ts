import { formatTerm } from "./format.ts";
import { Atom, type MapTerm, type Term } from "./term.ts";
import { utf8Text } from "./utf8-text.ts";

/**
 * Names the keys of a map as plain text, in the order of its pairs: atoms and texts as they are, other
 * keys in Erlang's notation. Of two keys with the same text (`a` and `<<"a">>`), the second to come in
 * the order of atoms, other keys, binaries is written in Erlang's notation as well.
 */
export function mapKeys(map: MapTerm): string[] {
  const names = map.entries.map(([key]) => plainName(key));
  if (new Set(names).size === names.length) return names;
  const taken = new Map<string, number>();
  const order = map.entries.map(([key], index) => ({ key, index }));
  order.sort((a, b) => priority(a.key) - priority(b.key));
  for (const { key, index } of order) {
    const name = freeName(key, taken);
    taken.set(name, FIRST_NUMBER);
    names[index] = name;
  }
  return names;
}

function plainName(key: Term): string {
  if (key instanceof Atom) return key.name;
  return (key instanceof Uint8Array ? utf8Text(key) : undefined) ?? formatTerm(key, "erlang");
}

function priority(key: Term): number {
  if (key instanceof Atom) return 0;
  return key instanceof Uint8Array ? 2 : 1;
}

/** Identifiers of different nodes, and funs that were made at the same place, look the same. */
const FIRST_NUMBER = 2;

/** @param taken the names that were given, each with the number that the next one like it may have */
function freeName(key: Term, taken: Map<string, number>): string {
  const plain = plainName(key);
  if (!taken.has(plain)) return plain;
  const printed = formatTerm(key, "erlang");
  let name = printed;
  let number = taken.get(printed) ?? FIRST_NUMBER;
  for (; taken.has(name); number++) name = `${printed} (${number})`;
  taken.set(printed, number);
  return name;
}
