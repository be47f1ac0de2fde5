import { expect, test } from "vitest";
import { TermList, type Data } from "../../src/etf/data.ts";
import { fillSyntax } from "../../src/etf/fill-syntax.ts";
import { formatTerm } from "../../src/etf/format.ts";
import { parseCall } from "../../src/etf/parse-call.ts";
import { atom, charlist, Float, MapTerm, tuple } from "../../src/etf/term.ts";

/** Reads the one argument of a call and fills its placeholders with `data`. */
function fill(argument: string, data: Data): string {
  const call = parseCall(argument.startsWith("erlang ") ? `m:f(${argument.slice(7)})` : `M.f(${argument})`);
  const [syntax] = call.args;
  if (syntax === undefined) throw new Error("the call has no argument");
  return formatTerm(
    fillSyntax(syntax, () => data),
    call.language,
  );
}

test.each<[argument: string, data: Data, expected: string]>([
  ["${{ x }}", "text", '"text"'],
  ["${{ x }}", null, "nil"],
  ["${{ x }}", atom("ok"), ":ok"],
  ["${{ x }}", { a: [1, 1.5] }, '%{"a" => [1, 1.5]}'],
  ["{:ok, ${{ x }}}", true, "{:ok, true}"],
  ["[1 | ${{ x }}]", [2, 3], "[1, 2, 3]"],
  ["[1 | ${{ x }}]", 2, "[1 | 2]"],
  ["%{${{ x }} => ${{ x }}}", "k", '%{"k" => "k"}'],
  ["%{1 => :a, ${{ x }} => :b}", 1, "%{1 => :b}"],
  ["%{a: ${{ x }}, a: 2}", 1, "%{a: 2}"],
  ["<<${{ x }}::16, ${{ x }}>>", 258, "<<1, 2, 2>>"],
  ["<<${{ x }}::binary, 0>>", "ab", "<<97, 98, 0>>"],
  ['"a ${{ x }} b"', "é", '"a é b"'],
  ['"a ${{ x }} b"', 5, '"a 5 b"'],
  ['"a ${{ x }} b"', 2n ** 64n, '"a 18446744073709551616 b"'],
  ['"a ${{ x }} b"', 1.5, '"a 1.5 b"'],
  ['"a ${{ x }} b"', new Float(2), '"a 2.0 b"'],
  ['"a ${{ x }} b"', true, '"a true b"'],
  ['"a ${{ x }} b"', atom("ok"), '"a ok b"'],
  ['"a ${{ x }} b"', new TermList(charlist("chars")), '"a chars b"'],
  ['"a ${{ x }}"', Uint8Array.of(255), "<<97, 32, 255>>"],
  [':"a ${{ x }}"', "b", ':"a b"'],
  ["'a b ${{ x }}'", "é", '~c"a b é"'],
  ["~s(a ${{ x }})", "b", '"a b"'],
  ['["${{ x }}": 1]', "k", "[k: 1]"],
  ['"\\xFF${{ x }}"', "a", "<<255, 97>>"],
  ['erlang "a ${{ x }}"', "b", '"a b"'],
  ["erlang 'a ${{ x }}'", "b", "'a b'"],
  ['erlang <<"a ${{ x }}"/utf8>>', "é", '<<"a é"/utf8>>'],
  ["erlang #{k => ${{ x }}}", [1], "#{k => [1]}"],
])("fillSyntax() puts the value into %j, when it is %o", (argument, data, expected) => {
  expect(fill(argument, data)).toBe(expected);
});

test.each<[argument: string, data: Data, message: string, offset: number]>([
  ['"a ${{ x }}"', null, '"${{ x }}" stands in a text, and its value is no text', 11],
  ['"a ${{ x }}"', atom("nil"), '"${{ x }}" stands in a text, and its value is no text', 11],
  ['"a ${{ x }}"', { a: 1 }, '"${{ x }}" stands in a text, and its value is no text', 11],
  ['"a ${{ x }}"', [1, 2], '"${{ x }}" stands in a text, and its value is no text', 11],
  ['"a ${{ x }}"', tuple(1), '"${{ x }}" stands in a text, and its value is no text', 11],
  ['"a ${{ x }}"', new MapTerm([]), '"${{ x }}" stands in a text, and its value is no text', 11],
  [':"${{ x }}"', "a".repeat(256), "an atom has at most 255 characters", 4],
  [':"${{ x }}"', Uint8Array.of(255), "its bytes are not UTF-8", 4],
  ["<<${{ x }}>>", "ab", "a segment is no integer", 10],
  ["<<${{ x }}::binary>>", 1, "a segment is no binary", 10],
])("fillSyntax() refuses the value of %j, when it is %o", (argument, data, message, offset) => {
  expect(() => fill(argument, data)).toThrow(
    expect.objectContaining({ name: "TermSyntaxError", message: `Cannot make the term: ${message}`, offset }),
  );
});
