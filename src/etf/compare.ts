import {
  Atom,
  BitString,
  Export,
  Float,
  Fun,
  ImproperList,
  MapTerm,
  Pid,
  Port,
  Reference,
  Tuple,
  type Term,
  type TermNode,
} from "./term.ts";

/**
 * Orders terms as Erlang orders the keys of a map: number < atom < reference < fun < port < pid <
 * tuple < map < `[]` < list < bit string, and every integer before every float.
 *
 * Identifiers and funs only get an order that is always the same: Erlang's own depends on the node.
 *
 * @returns a negative number, 0 or a positive number
 */
export function compareTerms(a: Term, b: Term): number {
  const byRank = rank(a) - rank(b);
  if (byRank !== 0) return byRank;
  if (typeof a === "number" || typeof a === "bigint") return compareValues(a, b as number | bigint);
  if (a instanceof Float) return compareValues(a.value, (b as Float).value);
  if (a instanceof Atom) return compareText(a.name, (b as Atom).name);
  if (a instanceof Tuple) return compareTuples(a, b as Tuple);
  if (a instanceof MapTerm) return compareMaps(a, b as MapTerm);
  if (a instanceof Uint8Array || a instanceof BitString) return compareBits(a, b as BitsTerm);
  if (Array.isArray(a) || a instanceof ImproperList) return compareLists(a as ListTerm, b as ListTerm);
  return compareIdentifiers(a as Identifier, b as Identifier);
}

/** Puts the pairs of a map in the order of their keys, so that a map looks the same every time. */
export function sortedEntries(map: MapTerm): MapTerm["entries"] {
  return comparedMaps.get(map) ?? [...map.entries].sort(([a], [b]) => compareTerms(a, b));
}

/** Sorted pairs of maps that were compared: such that are keys of keys of maps would be sorted again at each of these. */
const comparedMaps = new WeakMap<MapTerm, MapTerm["entries"]>();

function rememberedEntries(map: MapTerm): MapTerm["entries"] {
  if (map.entries.length < 2) return map.entries;
  const entries = sortedEntries(map);
  comparedMaps.set(map, entries);
  return entries;
}

type ListTerm = readonly Term[] | ImproperList;
type BitsTerm = Uint8Array | BitString;
type Identifier = Pid | Port | Reference | Fun | Export;

const RANKS: Readonly<Record<TermNode["type"], number>> = {
  float: 1,
  atom: 2,
  reference: 3,
  fun: 4,
  export: 5,
  port: 6,
  pid: 7,
  tuple: 8,
  map: 9,
  improper_list: 11,
  bit_string: 12,
};

function rank(term: Term): number {
  if (typeof term !== "object") return 0;
  if (Array.isArray(term)) return term.length > 0 ? 11 : 10;
  return term instanceof Uint8Array ? 12 : RANKS[(term as TermNode).type];
}

function compareValues(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By code points; JavaScript's own comparison puts those beyond U+FFFF before U+E000. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const SURROGATE = /[\ud800-\udfff]/;

function compareTuples(a: Tuple, b: Tuple): number {
  return a.elements.length - b.elements.length || compareSequences(a.elements, b.elements);
}

function compareSequences(a: readonly Term[], b: readonly Term[]): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    const order = compareTerms(a[index] as Term, b[index] as Term);
    if (order !== 0) return order;
  }
  return 0;
}

function compareMaps(a: MapTerm, b: MapTerm): number {
  const bySize = a.entries.length - b.entries.length;
  if (bySize !== 0) return bySize;
  const left = rememberedEntries(a);
  const right = rememberedEntries(b);
  return (
    compareSequences(
      left.map(([key]) => key),
      right.map(([key]) => key),
    ) ||
    compareSequences(
      left.map(([, value]) => value),
      right.map(([, value]) => value),
    )
  );
}

function compareLists(a: ListTerm, b: ListTerm): number {
  const left = a instanceof ImproperList ? a.elements : a;
  const right = b instanceof ImproperList ? b.elements : b;
  const order = compareSequences(left, right);
  if (order !== 0) return order;
  // Without this, the tails of two equal lists, which both are empty, would be compared for ever.
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) return 0;
  const shared = Math.min(left.length, right.length);
  return compareTerms(tailAfter(a, shared), tailAfter(b, shared));
}

/** What follows the first `count` elements; of a longer list, its beginning stands for the rest. */
function tailAfter(list: ListTerm, count: number): Term {
  if (!(list instanceof ImproperList)) return list.slice(count, count + 1);
  return list.elements.length === count
    ? list.tail
    : new ImproperList(list.elements.slice(count, count + 1), list.tail);
}

function compareBits(a: BitsTerm, b: BitsTerm): number {
  const left = a instanceof BitString ? a.bytes : a;
  const right = b instanceof BitString ? b.bytes : b;
  return Buffer.compare(left, right) || bitsIn(a) - bitsIn(b);
}

function bitsIn(bits: BitsTerm): number {
  return bits instanceof BitString ? bits.bytes.length * 8 - 8 + bits.bitsInLastByte : bits.length * 8;
}

function compareIdentifiers(a: Identifier, b: Identifier): number {
  return compareSequences(fieldsOf(a), fieldsOf(b));
}

function fieldsOf(term: Identifier): readonly Term[] {
  switch (term.type) {
    case "pid":
      return [term.serial, term.id, new Atom(term.node), term.creation];
    case "port":
      return [term.id, new Atom(term.node), term.creation];
    case "reference":
      return [new Atom(term.node), term.creation, paddedWords(term)];
    case "export":
      return [new Atom(term.module), new Atom(term.function), term.arity];
    case "fun":
      return [
        new Atom(term.module),
        term.oldIndex,
        term.oldUniq,
        term.index,
        term.uniq,
        term.arity,
        term.pid,
        term.freeVariables,
      ];
  }
}

/** Erlang reads the words of a reference as one number, the last word being the highest. */
function paddedWords({ words }: Reference): readonly number[] {
  return [...words, 0, 0, 0, 0, 0].slice(0, 5).reverse();
}
