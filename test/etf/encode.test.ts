import { expect, test } from "vitest";
import { encodeTerm, keepEncoded } from "../../src/etf/encode.ts";
import { atom, MapTerm, tuple, type Term, type Tuple } from "../../src/etf/term.ts";

/** Large enough to be a part of its own. */
const BINARY = Buffer.alloc(70_000, 1);
const fresh = (): Tuple => tuple(atom("module"), BINARY, [tuple(1, 2)], 300);
const around = (part: Term): Term => [part, new MapTerm([[part, tuple(part, atom("behind"))]])];

test("keepEncoded() changes nothing in what a tuple is encoded to, alone or inside other terms", () => {
  const kept = keepEncoded(fresh());
  expect(encodeTerm(kept).equals(encodeTerm(fresh()))).toBe(true);
  expect(encodeTerm(around(kept)).equals(encodeTerm(around(fresh())))).toBe(true);
  const compressed = encodeTerm(around(kept), { compressed: true });
  expect(compressed.equals(encodeTerm(around(fresh()), { compressed: true }))).toBe(true);
});

test("keepEncoded() keeps tuples of more than 255 elements, and ones inside each other", () => {
  const inner = keepEncoded(fresh());
  const outer = keepEncoded(tuple(...Array.from({ length: 300 }, () => inner)));
  expect(encodeTerm(outer).equals(encodeTerm(tuple(...Array.from({ length: 300 }, fresh))))).toBe(true);
});

test("keepEncoded() refuses what Erlang does not have", () => {
  expect(() => keepEncoded(tuple(atom("x".repeat(256))))).toThrow(RangeError);
});
