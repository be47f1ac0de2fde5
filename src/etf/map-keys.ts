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
  const taken = new Set<string>();
  const order = map.entries.map(([key], index) => ({ key, index }));
  order.sort((a, b) => priority(a.key) - priority(b.key));
  for (const { key, index } of order) {
    const name = freeName(key, taken);
    taken.add(name);
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

function freeName(key: Term, taken: ReadonlySet<string>): string {
  const plain = plainName(key);
  if (!taken.has(plain)) return plain;
  const printed = formatTerm(key, "erlang");
  let name = printed;
  // Identifiers of different nodes may look the same.
  for (let count = 2; taken.has(name); count++) name = `${printed} (${count})`;
  return name;
}
