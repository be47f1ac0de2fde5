import fc from "fast-check";
import { expect, test } from "vitest";
import { TermList, type Data } from "../../src/etf/data.ts";
import { atom, charlist, Float, MapTerm, tuple } from "../../src/etf/term.ts";
import { secret } from "../../src/secret.ts";
import { fromLosslessJson, SECRET_KEY, toLosslessJson } from "../../src/journal/lossless-json.ts";

function roundTrip(value: unknown): unknown {
  return fromLosslessJson(JSON.parse(JSON.stringify(toLosslessJson(value))));
}

test.each<[string, Data]>([
  ["an atom", atom("ok")],
  ["a tuple", tuple(atom("ok"), [1, Uint8Array.of(97)], new Float(1))],
  ["a map", new MapTerm([[atom("a"), Uint8Array.of(0xc3, 0xa4)]])],
  ["a list that a host sent", new TermList(charlist("hi"))],
  ["an empty one", new TermList([])],
  ["bytes", Uint8Array.of(0, 255)],
  ["a large integer", 2n ** 100n],
  ["what is no number of JSON", Number.POSITIVE_INFINITY],
  ["keys that look like ours", { $term: "no term", other: 1 }],
  ["one such key alone", { $bytes: "AA==" }],
  ["nothing", null],
])("%s is the same again", (_, data) => {
  expect(roundTrip({ data })).toEqual({ data });
});

test("any data is the same again", () => {
  const terms = fc.letrec<{ term: Data; data: Data }>((tie) => ({
    term: fc.oneof(
      fc.integer(),
      fc.bigInt({ min: 2n ** 60n }),
      fc.uint8Array({ maxLength: 4 }),
      fc.string({ maxLength: 4 }).map(atom),
      fc.array(tie("term"), { maxLength: 2 }).map((elements) => tuple(...(elements as never[]))),
    ),
    data: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(null, true, false),
      fc.string(),
      fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)),
      tie("term"),
      fc.array(tie("term"), { maxLength: 3 }).map((elements) => new TermList(elements as never[])),
      fc.array(tie("data"), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie("data"), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(terms.data, (data) => {
      expect(roundTrip(data)).toEqual(data);
    }),
  );
});

test("of a secret nothing is written but what is shown in its place", () => {
  const written = JSON.stringify(toLosslessJson({ token: secret("hidden-value") }));
  expect(written).toBe('{"token":{"$secret":"********"}}');
  expect(written).toContain(SECRET_KEY);
  expect(JSON.stringify(toLosslessJson({ $secret: "a", b: '"$secret":' }))).not.toContain(SECRET_KEY);
});
