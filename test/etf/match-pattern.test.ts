import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatTerm } from "../../src/etf/format.ts";
import type { TermLanguage } from "../../src/etf/language.ts";
import { matchPattern } from "../../src/etf/match-pattern.ts";
import { parsePattern } from "../../src/etf/parse-pattern.ts";
import { parseTerm } from "../../src/etf/parse-term.ts";
import type { Term } from "../../src/etf/term.ts";
import { startOracle, type Oracle } from "./oracle.ts";

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => oracle[Symbol.asyncDispose]());

/** What a match binds, printed; null where it fails. */
function printed(bindings: Readonly<Record<string, Term>> | undefined): Record<string, string> | null {
  if (bindings === undefined) return null;
  const pairs = Object.entries(bindings).map(([name, term]) => [name, formatTerm(term, "erlang")] as const);
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const ELIXIR_PATTERNS = [
  "_",
  "x",
  "{:ok, _}",
  "{:ok, value}",
  "{:error, reason}",
  "{x, x}",
  "{_, _}",
  "[]",
  "[_]",
  "[h | t]",
  "[a, b | rest]",
  "[a, b]",
  "[a, a | _]",
  "[a: 1]",
  "[a: x, b: y]",
  "'ab' ++ rest",
  "[1] ++ rest",
  "%{}",
  "%{a: 1}",
  "%{a: x}",
  '%{"a" => x}',
  "%{a: x, b: x}",
  "%{{:k, 1} => x}",
  "%{__struct__: Foo, a: x}",
  "%{__struct__: name}",
  '"abc"',
  '"a" <> rest',
  '"a" <> <<c, rest::binary>>',
  '"ab" <> "c"',
  "<<a, b, c>>",
  "<<a, rest::binary>>",
  "<<a::16, rest::binary>>",
  "<<n, data::binary-size(n), rest::bits>>",
  "<<a::4, b::4, rest::bitstring>>",
  "<<a::signed, b::little-16>>",
  "<<c::utf8, _::binary>>",
  "<<c::utf16, _::binary>>",
  "<<f::float>>",
  "<<x::3, y::5>>",
  "<<x::3, y::bitstring>>",
  '<<"ab", x>>',
  "<<_::binary-unit(16)>>",
  "1",
  "1.0",
  "0.0",
  "nil",
  "{:a, x} = y",
  "{:ok, [h | _] = all}",
  "Foo",
];

const ERLANG_PATTERNS = [
  "_",
  "X",
  "{ok, _}",
  "{ok, Value}",
  "{X, X}",
  "{_A, _A}",
  "[]",
  "[H|T]",
  "[A,B]",
  '"a" ++ Rest',
  '"ab"',
  "#{}",
  "#{a := 1}",
  "#{a := X, b := X}",
  '#{<<"a">> := X}',
  "#{{k,1} := X}",
  '<<"abc">>',
  '<<"a",Rest/binary>>',
  "<<A,B,C>>",
  "<<A:16,Rest/binary>>",
  "<<N,Data:N/binary,Rest/bits>>",
  "<<A:4,B:4,Rest/bitstring>>",
  "<<A/signed,B:16/little>>",
  "<<A:12/little,_/bits>>",
  "<<C/utf8,_/binary>>",
  "<<C/utf32,_/binary>>",
  "<<F/float>>",
  "<<F:32/float,_/binary>>",
  "<<X:3,Y:5>>",
  "<<_/binary>>",
  "1",
  "1.0",
  "0.0",
  "ok",
  "{a,X} = Y",
  "{ok,[H|_] = All}",
];

const TERMS = [
  "ok",
  "foo",
  "nil",
  "'Elixir.Foo'",
  "1",
  "1.0",
  "0.0",
  "9007199254740993",
  "{ok,1}",
  "{ok,[1,2]}",
  "{ok,[]}",
  "{error,nofile}",
  "{1,1}",
  "{1,1.0}",
  "{a,b}",
  "[]",
  "[1]",
  "[1,2]",
  "[1,1,3]",
  "[1|2]",
  "[1,2|c]",
  "[{a,1}]",
  "[{a,1},{b,2}]",
  '"ab"',
  '"abc"',
  "#{}",
  "#{a => 1}",
  "#{a => 1,b => 1}",
  "#{a => 1,b => 2}",
  '#{<<"a">> => x}',
  "#{{k,1} => v}",
  "#{'__struct__' => 'Elixir.Foo',a => 5}",
  "<<>>",
  '<<"abc">>',
  '<<"ab">>',
  '<<"a">>',
  "<<2,1,2,3>>",
  "<<9,1>>",
  "<<255,1,2>>",
  "<<1:12>>",
  "<<5:3>>",
  '<<"é"/utf8>>',
  '<<"😀x"/utf16>>',
  "<<216,0,0,65>>",
  '<<"é"/utf32,0>>',
  "<<1.5/float>>",
  "<<-1:64>>",
  "<<1.5:32/float,7>>",
  "fun lists:map/2",
  "fun 'Elixir.Enum':map/2",
];

describe.each<[TermLanguage, readonly string[]]>([
  ["elixir", ELIXIR_PATTERNS],
  ["erlang", ERLANG_PATTERNS],
])("matchPattern() matches and binds as the real %s does", (language, patterns) => {
  test.each(patterns)("%s", async (pattern) => {
    const syntax = parsePattern(pattern, language);
    for (const text of TERMS) {
      const term = parseTerm(text, "erlang");
      const expected = printed(await oracle.match(pattern, term, language));
      expect({ text, bindings: printed(matchPattern(syntax, term)) }).toEqual({ text, bindings: expected });
    }
  });
});

test("matchPattern() matches the fields of a struct, whose module need not exist here", () => {
  const term = parseTerm('%Fleet.Health{status: :ok, memory: 5, host: "web1"}', "elixir");
  expect(printed(matchPattern(parsePattern("%Fleet.Health{memory: m}", "elixir"), term))).toEqual({ m: "5" });
  expect(printed(matchPattern(parsePattern("%module{}", "elixir"), term))).toEqual({
    module: "'Elixir.Fleet.Health'",
  });
  expect(printed(matchPattern(parsePattern("%_{status: :ok}", "elixir"), term))).toEqual({});
  expect(printed(matchPattern(parsePattern("%Fleet.Other{}", "elixir"), term))).toBeNull();
});

test("matchPattern() keeps a variable of any name apart from what objects have", () => {
  const bindings = matchPattern(
    parsePattern("{__proto__, constructor}", "elixir"),
    parseTerm("{1,2}", "erlang"),
  );
  expect(Object.entries(bindings ?? {})).toEqual([
    ["__proto__", 1],
    ["constructor", 2],
  ]);
});

test.each<[language: TermLanguage, text: string, offset: number, message: string, hint?: string]>([
  ["elixir", "{:ok, ^x}", 6, "a pin has no value here", "Bind a new variable and compare it in that:"],
  [
    "elixir",
    "x when x > 1",
    2,
    'the end should stand where "when" is',
    "A pattern has literals and variables: write conditions in that:",
  ],
  [
    "elixir",
    "{:ok, ${{ x }}}",
    10,
    '"${{ x }}" has no value in a pattern',
    "Bind a variable and compare it in that:",
  ],
  ["elixir", '{:ok, "a ${{ x }}"}', 13, '"${{ x }}" has no value in a pattern'],
  ["elixir", "%{x => 1}", 2, "the key x of a map is a variable", "Write a literal as key"],
  ["elixir", "%{{:a, x} => 1}", 7, "the key x of a map is a variable"],
  ["elixir", 'x <> "a"', 0, "only text in quotes may stand before <>"],
  ["elixir", "x ++ [1]", 0, "only a list may stand before ++"],
  ["elixir", "<<a::binary, b>>", 2, "only the last segment may be a binary without size"],
  ["elixir", "<<a::size(n)>>", 10, "the size n is not bound by a segment before"],
  ["elixir", "<<{1}>>", 2, "a segment of a pattern is a literal or a variable"],
  ["elixir", "String.t()", 0, '"String" is called inside'],
  ["erlang", "#{a => X}", 4, '"=>" stands here for ":="', "Write :="],
  ["erlang", "#{X := 1}", 2, "the key X of a map is a variable"],
  ["erlang", "X ++ Y", 0, "only a string may stand before ++"],
  ["erlang", "X when X > 1", 2, 'the end should stand where "when" is'],
])(
  "parsePattern() says where and what is wrong, when %s is given %j",
  (language, text, offset, message, hint) => {
    expect(() => parsePattern(text, language)).toThrow(
      expect.objectContaining({
        name: "TermSyntaxError",
        message: `Cannot read the pattern: ${message}`,
        offset,
        ...(hint === undefined ? {} : { hint }),
      }),
    );
  },
);
