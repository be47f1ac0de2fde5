import fc from "fast-check";
import { expect, test } from "vitest";
import { compareTerms, sortedEntries } from "../../src/etf/compare.ts";
import { decodeTerm } from "../../src/etf/decode.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { termsEqual } from "../../src/etf/equal.ts";
import { parseTerm } from "../../src/etf/parse-term.ts";
import { atom, MapTerm, type Term } from "../../src/etf/term.ts";
import { anyTerm } from "./arbitrary-term.ts";

test.each<[left: string, right: string, isEqual: boolean]>([
  ["1", "1.0", false],
  ["0.0", "-0.0", true],
  ["a", "b", false],
  ["a", '<<"a">>', false],
  ["18446744073709551616", "18446744073709551616", true],
  ["#{a => 1,b => 2}", "#{b => 2,a => 1}", true],
  ["#{a => 1}", "#{a => 1.0}", false],
  ["#{1 => a}", "#{1.0 => a}", false],
  ["[1|2]", "[1,2]", false],
  ["[1,2|3]", "[1,2|3]", true],
  ["[1]", "[1,2]", false],
  ["{}", "[]", false],
  ["<<1:4>>", "<<1:5>>", false],
  ["<<1:4>>", "<<16>>", false],
  ['"ab"', "[97,98]", true],
  ["fun m:f/1", "fun m:f/2", false],
])("termsEqual() compares %s and %s as =:= does", (left, right, isEqual) => {
  expect(termsEqual(parseTerm(left, "erlang"), parseTerm(right, "erlang"))).toBe(isEqual);
});

test("termsEqual() holds for a term and its copy, for any term", () => {
  fc.assert(
    fc.property(anyTerm, (term) => {
      expect(termsEqual(term, decodeTerm(encodeTerm(term)))).toBe(true);
    }),
  );
});

test("compareTerms() is an order, for any three terms", () => {
  fc.assert(
    fc.property(anyTerm, anyTerm, anyTerm, (a, b, c) => {
      expect(Math.sign(compareTerms(a, b)) + Math.sign(compareTerms(b, a))).toBe(0);
      const [low, middle, high] = [a, b, c].sort(compareTerms) as [typeof a, typeof a, typeof a];
      expect(compareTerms(low, middle)).toBeLessThanOrEqual(0);
      expect(compareTerms(middle, high)).toBeLessThanOrEqual(0);
      expect(compareTerms(low, high)).toBeLessThanOrEqual(0);
    }),
  );
});

test("compareTerms() sorts maps that are keys of maps, and of keys, but once", () => {
  let looks = 0;
  const counted = (): Term =>
    Object.defineProperty(atom(""), "name", {
      get: () => {
        looks++;
        return "leaf";
      },
    });
  const leaves = 512;
  const map = mapOfMaps(Math.log2(leaves), counted);
  expect(compareTerms(map, mapOfMaps(Math.log2(leaves), counted))).toBe(0);
  expect(sortedEntries(map)).toHaveLength(2);
  // Each leaf is looked at in each level; 1280 times where maps are sorted again in each.
  expect(looks).toBeLessThan(leaves * 50);
});

/** A map of two pairs, whose keys are such maps as well; at the bottom are leaves. */
function mapOfMaps(depth: number, leaf: () => Term): MapTerm {
  const key = (): Term => (depth === 1 ? leaf() : mapOfMaps(depth - 1, leaf));
  return new MapTerm([
    [key(), 1],
    [key(), 2],
  ]);
}
