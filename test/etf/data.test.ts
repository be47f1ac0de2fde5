import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FusionPlayError } from "../../src/errors.ts";
import { dataAt, dataToTerm, dataToValue, TermList, termToData, type Data } from "../../src/etf/data.ts";
import { termsEqual } from "../../src/etf/equal.ts";
import { formatTerm } from "../../src/etf/format.ts";
import {
  atom,
  binary,
  charlist,
  Float,
  Fun,
  ImproperList,
  MapTerm,
  Pid,
  tuple,
  type Term,
} from "../../src/etf/term.ts";
import { anyTerm } from "./arbitrary-term.ts";
import { growth, LINEAR } from "./growth.ts";

describe("dataToTerm() makes", () => {
  test.each<[name: string, data: Data, erlang: string]>([
    ["a binary of text", "é", '<<"é"/utf8>>'],
    ["an integer", 5, "5"],
    ["an integer of any size", 2n ** 64n, "18446744073709551616"],
    ["a plain integer of a small bigint", 5n, "5"],
    ["a float of a fraction", 1.5, "1.5"],
    ["a float of a number that is no exact integer", 1e300, "1.0e300"],
    ["zero of minus zero", -0, "0"],
    ["atoms of booleans", [true, false], "[true,false]"],
    ["nil of null", null, "nil"],
    ["a list of a sequence", ["a", [1]], '[<<"a">>,[1]]'],
    ["a map with binary keys of a mapping", { a: 1, "b c": null }, '#{<<"a">> => 1,<<"b c">> => nil}'],
    ["the bytes of bytes", Uint8Array.of(0, 255), "<<0,255>>"],
    ["the term of a term", [atom("ok"), new Float(1)], "[ok,1.0]"],
    ["the list of a list from a host", new TermList([atom("a")]), "[a]"],
    [
      "a map of an object without prototype",
      Object.assign(Object.create(null) as object, { a: 1 }),
      '#{<<"a">> => 1}',
    ],
  ])("%s", (_, data, erlang) => {
    expect(formatTerm(dataToTerm(data), "erlang")).toBe(erlang);
  });

  test("a map that has the key __proto__", () => {
    const data = JSON.parse('{"__proto__": {"a": 1}}') as Data;
    expect(formatTerm(dataToTerm(data), "erlang")).toBe('#{<<"__proto__">> => #{<<"a">> => 1}}');
  });
});

test.each<[name: string, data: unknown, state: string]>([
  ["NaN", Number.NaN, "Erlang has no number like NaN"],
  ["Infinity", [Infinity], "Erlang has no number like Infinity"],
  ["undefined", { a: undefined }, "Erlang has nothing like a JavaScript undefined"],
  ["a function", () => 1, "Erlang has nothing like a JavaScript function"],
  ["a Date", new Date(0), "Erlang has nothing like a JavaScript Date"],
  ["a Map", new Map(), "Erlang has nothing like a JavaScript Map"],
])("dataToTerm() refuses %s", (_, data, state) => {
  expect(() => dataToTerm(data as Data)).toThrow(
    expect.objectContaining({ code: "TERM_INVALID", message: `Cannot make a term of the value: ${state}` }),
  );
});

test("dataToTerm() refuses an object that holds itself", () => {
  const data: Record<string, unknown> = {};
  data.self = data;
  expect(() => dataToTerm(data as Data)).toThrow(FusionPlayError);
});

describe("dataToValue() makes", () => {
  test.each<[name: string, data: Data, value: unknown]>([
    ["null of nil", atom("nil"), null],
    ["null of undefined", atom("undefined"), null],
    ["booleans of true and false", [atom("true"), atom("false")], [true, false]],
    ["text of an atom", atom("ok"), "ok"],
    ["text of a binary", binary("é"), "é"],
    ["bytes of a binary that is no text", Uint8Array.of(255), Uint8Array.of(255)],
    ["a number of a float", new Float(1), 1],
    ["arrays of tuples and lists", tuple(1, [2, atom("x")]), [1, [2, "x"]]],
    ["text of a charlist from a host", new TermList(charlist("hi\n")), "hi\n"],
    [
      "text of a charlist inside a term",
      tuple(atom("ok"), charlist("● nginx.service")),
      ["ok", "● nginx.service"],
    ],
    ["numbers of ports from a host", new TermList([80, 443]), [80, 443]],
    ["numbers of a sequence of a file", [104, 105], [104, 105]],
    ["an array of an empty list", new TermList([]), []],
    ["an array of an improper list", new ImproperList([1], 2), [1, 2]],
    [
      "an object of a map",
      new MapTerm([
        [atom("a"), 1],
        [binary("b"), atom("nil")],
      ]),
      { a: 1, b: null },
    ],
    [
      "printed keys of other keys",
      new MapTerm([
        [tuple(1, atom("x")), 1],
        [5, 2],
        [charlist("ab"), 3],
      ]),
      { "{1,x}": 1, "5": 2, '"ab"': 3 },
    ],
    ["an object of a mapping", { a: [atom("b")], c: { d: "e" } }, { a: ["b"], c: { d: "e" } }],
    ["a big integer as it is", 2n ** 64n, 2n ** 64n],
  ])("%s", (_, data, value) => {
    expect(dataToValue(data)).toEqual(value);
  });

  test("one key of each, when keys have the same text", () => {
    const map = new MapTerm([
      [binary("a"), 1],
      [atom("a"), 2],
      [1, 3],
      [binary("1"), 4],
      [atom("1"), 5],
    ]);
    expect(dataToValue(map)).toEqual({ a: 2, '<<"a">>': 1, "1": 5, "1 (2)": 3, '<<"1">>': 4 });
  });

  test("a key of each of thousands that have the same text, in the time that they take", () => {
    const value = dataToValue(new MapTerm([[atom("#Fun<m.0.0> (3)"), 0], ...closures(3)]));
    expect(value).toEqual({
      "#Fun<m.0.0>": 0,
      "#Fun<m.0.0> (2)": 1,
      "#Fun<m.0.0> (3)": 0,
      "#Fun<m.0.0> (4)": 2,
    });
    const times = growth((count) => {
      const map = new MapTerm(closures(count));
      return () => void dataToValue(map);
    }, 150);
    expect(times).toBeLessThan(LINEAR);
  });

  test("a key of its own of __proto__", () => {
    const value = dataToValue(new MapTerm([[binary("__proto__"), tuple(1)]]));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(JSON.stringify(value)).toBe('{"__proto__":[1]}');
    const data = JSON.parse('{"__proto__": {"polluted": 1}}') as Data;
    expect(JSON.stringify(dataToValue(data))).toBe('{"__proto__":{"polluted":1}}');
  });

  test("the same object, whatever the order of a map's pairs", () => {
    const pairs = [
      [atom("b"), 1],
      [atom("a"), 2],
      [atom("c"), 3],
    ] as const;
    const texts = [pairs, [...pairs].reverse()].map((entries) =>
      JSON.stringify(dataToValue(new MapTerm(entries))),
    );
    expect(new Set(texts)).toEqual(new Set(['{"a":2,"b":1,"c":3}']));
  });
});

/** What `[{fun() -> N end, N} || N <- …]` makes, from 0. */
function closures(count: number): [Fun, number][] {
  const pid = new Pid("a@b", 1, 0, 1);
  const made = { module: "m", arity: 0, index: 0, uniq: Buffer.alloc(16), oldIndex: 0, oldUniq: 0, pid };
  return Array.from({ length: count }, (_, number) => [
    new Fun({ ...made, freeVariables: [number] }),
    number,
  ]);
}

describe("dataAt() finds", () => {
  const term = new MapTerm([
    [atom("list"), [tuple(atom("a"), charlist("hi")), 2]],
    [binary("name"), binary("x")],
    [5, atom("five")],
  ]);
  const data: Data = { reg: term, plain: [{ a: 1 }], text: "t" };

  test.each<[path: (string | number)[], found: Data | undefined]>([
    [[], data],
    [["text"], "t"],
    [["plain", 0, "a"], 1],
    [["reg"], term],
    [["reg", "name"], binary("x")],
    [["reg", 5], atom("five")],
    [["reg", "5"], atom("five")],
    [["reg", "list"], new TermList([tuple(atom("a"), charlist("hi")), 2])],
    [["reg", "list", 0, 0], atom("a")],
    [["reg", "list", 0, 1], new TermList(charlist("hi"))],
    [["reg", "list", 1], 2],
    [["reg", "list", 2], undefined],
    [["reg", "list", -1], undefined],
    [["reg", "list", "0"], undefined],
    [["reg", "missing"], undefined],
    [["plain", "length"], undefined],
    [["constructor"], undefined],
    [["__proto__"], undefined],
    [["text", 0], undefined],
    [["reg", "name", 0], undefined],
  ])("at %j", (path, found) => {
    expect(dataAt(data, path)).toEqual(found);
  });
});

test("termToData() and dataToTerm() give the term back, for any term", () => {
  fc.assert(
    fc.property(anyTerm, (term: Term) => {
      expect(termsEqual(dataToTerm(termToData(term)), term)).toBe(true);
    }),
  );
});
