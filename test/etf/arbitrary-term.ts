import fc from "fast-check";
import {
  Atom,
  binary,
  BitString,
  charlist,
  Export,
  Float,
  ImproperList,
  MapTerm,
  Pid,
  Port,
  Reference,
  Tuple,
  type Term,
} from "../../src/etf/term.ts";
import { fillSyntax } from "../../src/etf/fill-syntax.ts";

const uint = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 });

export const anyInteger: fc.Arbitrary<Term> = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, 255, 256, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 53 - 1),
  fc
    .tuple(fc.integer({ min: 31, max: 53 }), fc.integer({ min: -2, max: 1 }), fc.constantFrom(1, -1))
    .map(([bits, step, sign]) => sign * Math.min(2 ** bits + step, Number.MAX_SAFE_INTEGER)),
  fc.bigInt({ min: -(2n ** 3000n), max: 2n ** 3000n }).map(normalised),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(normalised),
);

function normalised(value: bigint): Term {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

export const anyFloat: fc.Arbitrary<Float> = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -30, max: 30 }).map((exponent) => 10 ** exponent),
    fc
      .tuple(fc.integer(), fc.integer({ min: -20, max: 20 }))
      .map(([digits, exponent]) => digits * 10 ** exponent),
    fc.maxSafeInteger(),
  )
  .map((value) => new Float(value));

export const anyAtom: fc.Arbitrary<Atom> = fc
  .oneof(
    fc.stringMatching(/^[a-z][a-zA-Z0-9_@]{0,10}$/),
    fc.stringMatching(/^Elixir(\.[A-Za-z_][a-z]{0,4}){0,3}\.?$/),
    // The blank makes quotes necessary: which letters need none depends on the version of Elixir.
    fc.string({ unit: "grapheme", maxLength: 10 }).map((name) => `${name} `),
    fc.string({ unit: "binary", maxLength: 10 }).map((name) => ` ${name}`),
    fc.stringMatching(/^([éßÉa0-9_]{1,4}|[жщдЖ0-9_]{1,4}|[日本かカa0-9_]{1,4}|[한글a0-9_]{1,4})$/),
    fc.constantFrom(
      "nil",
      "true",
      "false",
      "undefined",
      "and",
      "when",
      "fun",
      "+",
      "<<>>",
      "a?",
      "é",
      "日本",
    ),
  )
  .map((name) => new Atom(wellFormed(name)));

export const anyBinary: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => binary(wellFormed(text))),
  fc.string({ unit: "binary", maxLength: 10 }).map((text) => binary(wellFormed(text))),
  fc.stringMatching(/^[ -~\n\t\u00a0-\u00ff]{0,20}$/).map((text) => Buffer.from(text, "latin1")),
);

// Erlang prints a fun of other names as if each byte of them were a character, and reserved words without
// quotes; Elixir 1.14 reads no escapes in the quoted name of a function.
const anyAsciiName = fc.oneof(
  fc.stringMatching(/^(Elixir\.[A-Z])?[a-zA-Z_]{1,6}1[?!]?$/),
  fc.stringMatching(/^ [ !#-[\]-~]{0,4}$/),
);

const anyBitString = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 7 }))
  .map(([bytes, bits]) => {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) & (0xff << (8 - bits));
    return new BitString(bytes, bits);
  });

const anyCharlist = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 20 }).map(charlist);

/** Terms that can be written down. */
const anyLeaf: fc.Arbitrary<Term> = fc.oneof(
  anyInteger,
  anyFloat,
  anyAtom,
  anyBinary,
  anyBitString,
  anyCharlist,
  fc.constantFrom<Term>([], new Tuple([]), new MapTerm([])),
  fc
    .tuple(anyAsciiName, anyAsciiName, uint(8))
    .map(([module, name, arity]) => new Export(module, name, arity)),
);

/** Terms that only a node can make. */
function identifiers(node: fc.Arbitrary<string>, creation: fc.Arbitrary<number>): fc.Arbitrary<Term> {
  return fc.oneof(
    fc.tuple(node, uint(28), uint(8), creation).map((fields) => new Pid(...fields)),
    fc
      .tuple(node, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), creation)
      .map((fields) => new Port(...fields)),
    fc
      .tuple(node, creation, uint(18), fc.array(uint(32), { maxLength: 4 }))
      .map(([name, made, first, words]) => new Reference(name, made, [first, ...words])),
  );
}

function nested(leaf: fc.Arbitrary<Term>): fc.Arbitrary<Term> {
  return fc.letrec<{ term: Term }>((tie) => {
    const terms = fc.array(tie("term"), { maxLength: 5 });
    const pairs = fc.array(fc.tuple(tie("term"), tie("term")), { maxLength: 6 });
    const atomPairs = fc.array(fc.tuple(anyAtom, tie("term")), { maxLength: 4 });
    return {
      term: fc.oneof(
        { maxDepth: 4, depthSize: "medium" },
        { weight: 4, arbitrary: leaf },
        { weight: 1, arbitrary: terms },
        { weight: 1, arbitrary: terms.map((elements) => new Tuple(elements)) },
        { weight: 1, arbitrary: fc.oneof(pairs, atomPairs).map(mapOf) },
        { weight: 1, arbitrary: atomPairs.map((entries) => entries.map((pair) => new Tuple(pair))) },
        {
          weight: 1,
          arbitrary: fc
            .tuple(fc.array(tie("term"), { minLength: 1, maxLength: 3 }), leaf)
            .filter(([, tail]) => !Array.isArray(tail))
            .map(([elements, tail]) => new ImproperList(elements, tail)),
        },
      ),
    };
  }).term;
}

/** A map with each key once. */
function mapOf(pairs: readonly (readonly [Term, Term])[]): Term {
  const entries = pairs.map((pair) => pair.map((term) => ({ type: "literal", term, offset: 0 }) as const));
  return fillSyntax({ type: "map", entries: entries as never, offset: 0 }, () => null);
}

/** Terms that have a notation. */
export const anyWrittenTerm: fc.Arbitrary<Term> = nested(anyLeaf);

/** Terms of any kind but funs, with the identifiers of one node: the order of several is not Erlang's here. */
export const anyTermOfOneNode: fc.Arbitrary<Term> = nested(
  fc.oneof(
    { weight: 4, arbitrary: anyLeaf },
    { weight: 1, arbitrary: identifiers(fc.constant("wéb1@127.0.0.1"), fc.constant(7)) },
  ),
);

/** Terms of any kind but funs. */
export const anyTerm: fc.Arbitrary<Term> = nested(
  fc.oneof(
    { weight: 4, arbitrary: anyLeaf },
    { weight: 1, arbitrary: identifiers(fc.constantFrom("a@b", "web1@127.0.0.1", "wéb@host"), uint(32)) },
  ),
);

/** Replaces halves of surrogate pairs, which are no characters. */
/**
 * Text that UTF-8 can hold, without the characters that OTP or Elixir writes in a way that it cannot read itself:
 * those have a test of their own.
 */
function wellFormed(text: string): string {
  return Buffer.from(text)
    .toString()
    .replace(
      /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\u202a-\u202e\u2066-\u2069\ufffe\uffff\u{110bd}\u{110cd}\u{111c2}\u{111c3}\u{1193f}\u{11941}\u{11a3a}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}]/gu,
      "",
    );
}
