import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeTerm } from "../../src/etf/decode.ts";
import { encodeTerm } from "../../src/etf/encode.ts";
import { binary, MapTerm, type Term } from "../../src/etf/term.ts";

/** Enough of them to fill a message that is worth looking for known ones. */
const MANY = 3000;

test("decodeTerm() gives the same terms for a large message of short binaries, however often each comes", () => {
  const texts = fc.oneof(
    fc.constantFrom("", "env", "production", "ab", "ba", "x".repeat(24), "x".repeat(25)),
    fc.string({ maxLength: 30 }),
    fc.nat({ max: 5000 }).map((number) => `host-${number}`),
  );
  fc.assert(
    fc.property(fc.array(texts, { minLength: 1, maxLength: 200 }), fc.boolean(), (some, isNew) => {
      const list = Array.from({ length: MANY }, (_, index) => {
        const text = some[index % some.length] ?? "";
        return isNew ? `${text}${index}` : text;
      });
      const decoded = decodeTerm(encodeTerm(list.map(binary))) as Uint8Array[];
      expect(decoded.map((bytes) => Buffer.from(bytes).toString())).toEqual(list);
    }),
    { numRuns: 50 },
  );
});

test("decodeTerm() makes keys and words that come again once for a large message", () => {
  const term: Term = Array.from(
    { length: MANY },
    (_, index) =>
      new MapTerm([
        [binary("env"), binary("production")],
        [binary("name"), binary(`worker_${index}`)],
        [binary("text"), binary("longer than what is looked for")],
      ]),
  );
  const maps = decodeTerm(encodeTerm(term)) as readonly MapTerm[];
  const pairs = maps.flatMap(({ entries }) => entries);
  const objects = (texts: readonly Term[]): number => new Set(texts).size;
  // Another one may take the place of one that comes again.
  expect(objects(pairs.map(([key]) => key))).toBeLessThan(20);
  expect(objects(maps.map(({ entries }) => entries[0]?.[1] ?? 0))).toBeLessThan(20);
  expect(objects(maps.map(({ entries }) => entries[1]?.[1] ?? 0))).toBe(MANY);
  expect(objects(maps.map(({ entries }) => entries[2]?.[1] ?? 0))).toBe(MANY);
});

test("decodeTerm() refuses a large message that ends within a short binary", () => {
  const encoded = encodeTerm(Array.from({ length: MANY }, () => binary("production")));
  for (let cut = 2; cut < 14; cut++) {
    expect(() => decodeTerm(encoded.subarray(0, -cut))).toThrow(/BINARY_EXT|tag of the term/);
  }
});
