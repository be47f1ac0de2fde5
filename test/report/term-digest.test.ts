import { expect, test } from "vitest";
import {
  atom,
  binary,
  charlist,
  Float,
  MapTerm,
  Pid,
  Reference,
  tuple,
  type Term,
} from "../../src/etf/term.ts";
import { termDigest } from "../../src/report/term-digest.ts";

const LONG = "of many lines\n".repeat(10_000);
const pid = (id: number): Pid => new Pid("one@127.0.0.1", id, 0, 1);

/** Terms that are told apart, each made anew. */
const MAKE: readonly (() => Term | null)[] = [
  () => null,
  () => 1,
  () => 2n ** 70n,
  () => new Float(1),
  () => atom("a"),
  () => binary("a"),
  () => binary(LONG),
  () => binary(`${LONG}.`),
  () => charlist("some text"),
  () => charlist(""),
  () => [1, 2],
  () => [[1], 2],
  () => [1, [2]],
  () => tuple(1, 2),
  () => tuple(tuple(1), 2),
  () => pid(1),
  () => new Reference("one@127.0.0.1", 1, [1, 2, 3]),
  () => new MapTerm([[atom("a"), 1]]),
  () => new MapTerm([[atom("a"), binary("1")]]),
];

test("termDigest() is the same for equal terms, and another one for each of different ones", () => {
  const digests = MAKE.map((make) => termDigest([make()]));
  expect(new Set(digests).size).toBe(MAKE.length);
  expect(MAKE.map((make) => termDigest([make()]))).toEqual(digests);
  expect(termDigest([1, 2])).not.toBe(termDigest([[1, 2]]));
});

test("termDigest() leaves out the order of maps, and the numbers of processes also in text", () => {
  const pairs: [Term, Term][] = [
    [atom("a"), 1],
    [atom("b"), 2],
  ];
  expect(termDigest([new MapTerm(pairs)])).toBe(termDigest([new MapTerm(pairs.toReversed())]));
  expect(termDigest([[atom("up"), pid(1)]])).toBe(termDigest([[atom("up"), pid(2)]]));
  expect(termDigest([binary(`${LONG}<0.12.0>`)])).toBe(termDigest([binary(`${LONG}<0.7.0>`)]));
  expect(termDigest([charlist("by <0.12.0>")])).toBe(termDigest([charlist("by <0.7.0>")]));
});

test("termDigest() looks at a binary in pieces, and makes no text of the whole", () => {
  const pieces: number[] = [];
  const { toString } = Buffer.prototype;
  Buffer.prototype.toString = function (this: Buffer, ...range: Parameters<typeof toString>): string {
    const text = toString.apply(this, range);
    pieces.push(text.length);
    return text;
  };
  try {
    termDigest([new Uint8Array(1_000_000).fill(7)]);
  } finally {
    Buffer.prototype.toString = toString;
  }
  expect(pieces.length).toBeGreaterThan(10);
  expect(Math.max(...pieces)).toBeLessThanOrEqual(64 * 1024);
});
