import type { BoundedText } from "./bounded-text.ts";
import { charlistText, isCharlist } from "./charlist.ts";
import { sortedEntries } from "./compare.ts";
import {
  formatElixirAtom,
  formatElixirFunction,
  formatElixirKey,
  isAliasAtom,
  quoteElixir,
} from "./elixir-atom.ts";
import { formatFloat } from "./float-text.ts";
import { Atom, isAtom, Tuple, type BitString, type MapTerm, type Term, type TermNode } from "./term.ts";
import { decodePrefix } from "./utf8-prefix.ts";

/** Writes a term in Elixir's notation. */
export function writeElixir(out: BoundedText, term: Term): void {
  if (typeof term === "number" || typeof term === "bigint") out.write(String(term));
  else if (term instanceof Uint8Array) writeBinary(out, term);
  else if (!isList(term)) writeNode(out, term);
  else if (isCharlist(term)) out.write(`~c${quoteElixir(charlistText(term.slice(0, out.remaining)))}`);
  else if (isKeywordList(term)) out.nest("[", "]", () => writeKeywords(out, term.map(pairOf)));
  else out.nest("[", "]", () => out.writeAll(term, ", ", (element) => writeElixir(out, element)));
}

function isList(term: readonly Term[] | TermNode): term is readonly Term[] {
  return Array.isArray(term);
}

function writeNode(out: BoundedText, term: TermNode): void {
  const write = (element: Term): void => writeElixir(out, element);
  switch (term.type) {
    case "float":
      return out.write(formatElixirFloat(term.value));
    case "atom":
      return out.write(formatElixirAtom(term.name));
    case "bit_string":
      return writeBitString(out, term);
    case "tuple":
      return out.nest("{", "}", () => out.writeAll(term.elements, ", ", write));
    case "improper_list":
      return out.nest("[", "]", () => {
        out.writeAll(term.elements, ", ", write);
        out.write(" | ");
        write(term.tail);
      });
    case "map":
      return writeMap(out, term);
    case "pid":
      return out.write(`#PID<0.${term.id}.${term.serial}>`);
    case "port":
      return out.write(`#Port<0.${term.id}>`);
    case "reference":
      return out.write(`#Reference<0.${[...term.words].reverse().join(".")}>`);
    case "fun":
      return out.write(
        `#Function<${term.oldIndex}.${term.oldUniq}/${term.arity} in ${formatElixirAtom(term.module)}>`,
      );
    case "export":
      return out.write(
        `&${formatElixirAtom(term.module)}.${formatElixirFunction(term.function)}/${term.arity}`,
      );
  }
}

/** Whole numbers are written out as far as every integer has a float, unlike in Erlang. */
function formatElixirFloat(value: number): string {
  const size = Math.abs(value);
  return size >= 1 && size < 1e16 && Number.isInteger(value) ? `${value}.0` : formatFloat(value);
}

type AtomPair = readonly [key: Atom, value: Term];

function isKeywordList(list: readonly Term[]): list is readonly Tuple[] {
  return list.length > 0 && list.every((element) => element instanceof Tuple && isKeywordPair(element));
}

function isKeywordPair({ elements: [key], elements }: Tuple): boolean {
  return elements.length === 2 && key instanceof Atom && !isAliasAtom(key.name);
}

function pairOf({ elements }: Tuple): AtomPair {
  return elements as unknown as AtomPair;
}

function writeKeywords(out: BoundedText, pairs: readonly AtomPair[]): void {
  out.writeAll(pairs, ", ", ([key, value]) => {
    out.write(`${formatElixirKey(key.name)} `);
    writeElixir(out, value);
  });
}

function writeMap(out: BoundedText, map: MapTerm): void {
  const entries = sortedEntries(map);
  if (!hasKeywordKeys(entries)) {
    return out.nest("%{", "}", () =>
      out.writeAll(entries, ", ", ([key, value]) => {
        writeElixir(out, key);
        out.write(" => ");
        writeElixir(out, value);
      }),
    );
  }
  const struct = entries.find(([key]) => key.name === "__struct__")?.[1];
  const module = struct instanceof Atom ? formatElixirAtom(struct.name) : "";
  if (!/^[A-Z]/.test(module)) return out.nest("%{", "}", () => writeKeywords(out, entries));
  const fields = entries.filter(([key]) => !isAtom(key, "__struct__"));
  return out.nest(`%${module}{`, "}", () => writeKeywords(out, fields));
}

function hasKeywordKeys(entries: MapTerm["entries"]): entries is readonly AtomPair[] {
  return entries.every(([key]) => key instanceof Atom && !isAliasAtom(key.name));
}

function writeBinary(out: BoundedText, bytes: Uint8Array): void {
  const text = decodePrefix(bytes, out.remaining);
  if (text !== undefined && !UNPRINTABLE.test(text)) return out.write(quoteElixir(text));
  writeBytes(out, bytes);
  return out.write(">>");
}

const UNPRINTABLE = /[\0-\x06\x0e-\x1a\x1c-\x1f\x80-\x9f\ufffe\uffff]/;

function writeBitString(out: BoundedText, { bytes, bitsInLastByte }: BitString): void {
  const whole = bytes.subarray(0, -1);
  writeBytes(out, whole);
  if (whole.length > 0) out.write(", ");
  out.write(`${(bytes.at(-1) ?? 0) >> (8 - bitsInLastByte)}::size(${bitsInLastByte})>>`);
}

function writeBytes(out: BoundedText, bytes: Uint8Array): void {
  out.write("<<");
  out.write(bytes.subarray(0, out.remaining).join(", "));
}
