import { segmentBits } from "./bit-segment.ts";
import { bitsToTerm, joinBits } from "./bit-sequence.ts";
import { charlistText, isCharlist } from "./charlist.ts";
import { compareTerms } from "./compare.ts";
import { dataToTerm, TermList, type Data } from "./data.ts";
import { formatFloat } from "./float-text.ts";
import { revealData } from "./secret-data.ts";
import type { BitsSyntax, PlaceholderSyntax, TermSyntax, TextSyntax } from "./syntax.ts";
import { Atom, Float, ImproperList, isAtom, MapTerm, Tuple, type Term } from "./term.ts";
import { TermSyntaxError } from "./term-syntax-error.ts";
import { textTerm } from "./text-term.ts";

/** Gives what the expression of a placeholder stands for. */
export type ResolvePlaceholder = (placeholder: PlaceholderSyntax) => Data;

/**
 * Makes the term that text describes, with the values of its placeholders. Inside of quotes, a value
 * must be text, a number or an atom.
 *
 * @throws {TermSyntaxError} if a value does not fit where its placeholder stands
 */
export function fillSyntax(syntax: TermSyntax, resolve: ResolvePlaceholder): Term {
  const fill = (part: TermSyntax): Term => fillSyntax(part, resolve);
  switch (syntax.type) {
    case "literal":
      return syntax.term;
    case "placeholder":
      return dataToTerm(resolve(syntax));
    case "text":
      return fillText(syntax, resolve);
    case "tuple":
      return new Tuple(syntax.elements.map(fill));
    case "list":
      return listTerm(syntax.elements.map(fill), syntax.tail === undefined ? [] : fill(syntax.tail));
    case "map":
      return mapTerm(syntax.entries.map(([key, value]) => [fill(key), fill(value)]));
    case "bits":
      return fillBits(syntax, fill);
    case "variable":
    case "alias":
      throw problem("a pattern is no term", syntax.offset);
  }
}

/** Puts elements before a tail, which may be a list. */
function listTerm(elements: readonly Term[], tail: Term): Term {
  if (elements.length === 0) return tail;
  if (isList(tail)) return [...elements, ...tail];
  if (tail instanceof ImproperList) return new ImproperList([...elements, ...tail.elements], tail.tail);
  return new ImproperList(elements, tail);
}

function isList(term: Term): term is readonly Term[] {
  return Array.isArray(term);
}

/** Of two pairs with the same key, the later one counts. */
function mapTerm(entries: readonly (readonly [Term, Term])[]): MapTerm {
  const order = entries.map((_, index) => index);
  const keyAt = (index: number): Term => (entries[index] as readonly [Term, Term])[0];
  order.sort((a, b) => compareTerms(keyAt(a), keyAt(b)) || a - b);
  const last = order.filter((index, position) => {
    const next = order[position + 1];
    return next === undefined || compareTerms(keyAt(index), keyAt(next)) !== 0;
  });
  const kept = new Set(last);
  return new MapTerm(entries.filter((_, index) => kept.has(index)));
}

function fillBits({ segments }: BitsSyntax, fill: (syntax: TermSyntax) => Term): Term {
  const parts = segments.map(({ value, size, ...layout }) => {
    if (typeof size === "object") throw problem("a pattern is no term", size.offset);
    return segmentBits(fill(value), { ...layout, size }, (state) => problem(state, value.offset));
  });
  return bitsToTerm(joinBits(parts));
}

function fillText({ form, parts, offset }: TextSyntax, resolve: ResolvePlaceholder): Term {
  const pieces = parts.map((part) => {
    if (typeof part === "string" || part instanceof Uint8Array) return part;
    const text = textOf(revealData(resolve(part)));
    if (text !== undefined) return text;
    throw problem(`"\${{ ${part.source} }}" stands in a text, and its value is no text`, part.offset);
  });
  return textTerm(form, pieces, (state) => problem(state, offset));
}

/** What a value is inside of a text; undefined where it is neither text, number nor atom. */
function textOf(data: Data): string | Uint8Array | undefined {
  if (data === null || isAtom(data as Term, "nil")) return undefined;
  if (typeof data === "number") return Number.isInteger(data) ? String(data) : formatFloat(data);
  if (typeof data !== "object") return String(data);
  if (data instanceof Uint8Array) return data;
  if (data instanceof Atom) return data.name;
  if (data instanceof Float) return formatFloat(data.value);
  const list = data instanceof TermList ? data.elements : data;
  return Array.isArray(list) && isCharlist(list) ? charlistText(list) : undefined;
}

function problem(state: string, offset: number): TermSyntaxError {
  return new TermSyntaxError(`Cannot make the term: ${state}`, { offset });
}
