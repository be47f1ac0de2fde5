import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatTerm } from "../../src/etf/format.ts";
import type { TermLanguage } from "../../src/etf/language.ts";
import { parseTerm } from "../../src/etf/parse-term.ts";
import { TermSyntaxError } from "../../src/etf/term-syntax-error.ts";
import { atom, type Term } from "../../src/etf/term.ts";
import { anyWrittenTerm } from "./arbitrary-term.ts";
import { startOracle, type Oracle } from "./oracle.ts";

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => oracle[Symbol.asyncDispose]());

/** Terms are compared by their text, which sorts maps. */
const printed = (term: Term): string => formatTerm(term, "erlang");

test.each<TermLanguage>(["elixir", "erlang"])(
  "parseTerm() reads what formatTerm() writes in %s, for any term that has a notation",
  async (language) => {
    await fc.assert(
      fc.asyncProperty(anyWrittenTerm, async (term) => {
        const text = formatTerm(term, language);
        expect(printed(parseTerm(text, language))).toBe(printed(term));
        expect(printed(await oracle.parse(text, language))).toBe(printed(term));
      }),
      { numRuns: 1500 },
    );
  },
);

test.each<TermLanguage>(["elixir", "erlang"])(
  "formatTerm() escapes characters in %s that a scanner refuses, or after which it does not see the closing quote",
  async (language) => {
    const codes = [0x600, 0x6dd, 0x8e2, 0x202a, 0x2069, 0x110bd, 0x11941, 0x11d46];
    // Erlang has no notation for these two.
    if (language === "elixir") codes.push(0xfffe, 0xffff);
    for (const code of codes) {
      const text = `it${String.fromCodePoint(code)}`;
      const characters = [...Buffer.from("it"), code];
      for (const term of [atom(text), Buffer.from(text), characters]) {
        const written = formatTerm(term, language);
        expect(printed(await oracle.parse(written, language))).toBe(printed(term));
        expect(printed(parseTerm(written, language))).toBe(printed(term));
      }
    }
  },
);

const ELIXIR = String.raw`
:a
:"a b"
:'a b'
:"a\nb\u00e9\x{1F600}"
:foo@bar?
:Foo
:+
:<<>>
:..//
:é
Foo
Foo.Bar
Elixir.Foo
nil
true
{}
{:ok, 1,}
[1, 2, 3,]
[1 | 2]
[1, 2 | [3]]
[a: 1, b: [c: 2]]
[1, a: 2]
["a b": 1, +: 2, nil: 3, Foo: 4, a?: 5,]
{1, a: 2}
%{}
%{a: 1, "b": 2}
%{"a" => 1, :b => 2, 1.0 => 3}
%{"a" => 1, b: 2}
%{a: 1, a: 2}
%{1 => %{2 => %{}}}
%{:__struct__ => Foo, a: 1}
"abc"
"é\n\t\"\\\0\a\b\d\e\f\r\s\v\x41\xFF\u00e9\u{1F600}\#{x} \q #x $ {{ }}"
"a\
b"
'abc\'"\u00e9'
~c"abc\n"
~c(a(b)
~C"a\nb"
~s(a "quoted" \) text)
~s|a\|b|
~S(a\nb\))
~s"""
  indented
    more \
  less
  """
~w(a b  c)
~w[a b]a
~w(a b)c
~w(a b)s
~w()
~W(a\nb c)
"""
  heredoc "with" quotes
    kept
  last
  """
"""
"""
'''
 chars
 '''
0
1_000
0xff
0xDEAD_beef
0o17
0b1010
-1
+1
- 1
-0.0
123456789012345678901234567890
-9007199254740993
0xffffffffffffffffffff
1.5
1_000.5
1.5e10
1.0E-5
1.0e+5
?a
?\n
?\\
?é
?\s
?"
<<>>
<<1, 2, 255>>
<<256, -1>>
<<1::4, 2::size(4)>>
<<1::size(3), 2::5>>
<<5::3>>
<<0xABC::12-little>>
<<0xABCDE::size(20)-little>>
<<1::16-little, 2::little-size(32), -1::16-signed>>
<<1::size(2)-unit(8)>>
<<1::unit(8)-size(2)>>
<<"abc", 0, "é"::utf8>>
<<"aé"::utf16, "a😀"::utf16-little, "é"::utf32, "é"::utf32-little>>
<<"abc"::binary, 1>>
<<233::utf8, 0x1F600::utf16>>
<<1.5::float, 1.5::float-32, 2::float, 1.5::64-float-little>>
<<"a", <<1, 2>>, <<3::4>>::bitstring, 5::4>>
<<1, 2,>>
1..3
3..1
-1..-3//-1
1..10//2
[1..2, 0x10..99999999999999999999]
{:ok, ?a..?z}
&Enum.map/2
&:lists.map/2
&:m.+/2
&Foo."a b"/1
(1)
{:a, (2)}
# comment
{:ok, # one
 1}
%{é: 1, 日本: 2}
`;

const ERLANG = String.raw`
a
'a b'
'a\nb\'"'
'\x{1F600}\xe9\101'
'Elixir.Foo'
aB_1@c
éa
{}
{ok,1}
[]
[1,2,3]
[1|2]
[1,2|[3]]
#{}
#{a => 1,"b" => <<"c">>}
#{a => 1,a => 2}
#{1 => #{2 => #{}}}
"abc"
""
"a" "b"
"a"
 % comment
 "b"
"é\n\t\"\\\0\b\d\e\f\r\s\v\x41\xe9\x{1F600}\101\7\^A\q $ {{ }}"
"line
break"
0
1_000
16#ff
16#DEAD_beef
2#1010
36#Zz
-1
+1
- 1
-0.0
123456789012345678901234567890
16#ffffffffffffffffffff
1.5
1.5e10
1.0E-5
1.0e+5
$a
$\n
$\\
$é
$\s
$"
$'
$\x41
$ 
<<>>
<<1,2,255>>
<<256,-1>>
<<1:4,2:4>>
<<1:3,2:5>>
<<5:3>>
<<16#ABC:12/little>>
<<16#ABCDE:20/little>>
<<1:16/little,2:32/little-signed>>
<<1:2/unit:8>>
<<"abc">>
<<"abc":16>>
<<"abc"/utf8,0,"é"/utf8>>
<<"aé"/utf16,"a😀"/utf16-little,"é"/utf32>>
<<233/utf8,16#1F600/utf16>>
<<1.5/float,1.5:32/float,2/float,1.5:64/float-little>>
<<1,<<2,3>>/binary,<<4:4>>/bitstring,5:4>>
<<"é">>
<<$a,$b:16>>
fun lists:map/2
fun 'a b':'C'/0
(1)
{a,(b)} % comment
`;

/** Texts that stand on lines of their own; a line that is indented, or closes a text, goes on. */
function notations(text: string): string[] {
  const lines = text.trim().split("\n");
  const texts: string[] = [];
  let isOpen = false;
  for (const line of lines) {
    const goesOn = isOpen || /^\s|^b"$|^break"$|^\{:ok, #/.test(line);
    if (goesOn) texts.push(`${texts.pop()}\n${line}`);
    else texts.push(line);
    if (/^(~s)?("""|''')$/.test(line)) isOpen = !isOpen;
    else if (/^\s*("""|''')$/.test(line)) isOpen = false;
  }
  return texts;
}

test.each(notations(ELIXIR))("parseTerm() reads Elixir's %j as Elixir does", async (text) => {
  expect(printed(parseTerm(text, "elixir"))).toBe(printed(await oracle.parse(text, "elixir")));
});

test.each(notations(ERLANG))("parseTerm() reads Erlang's %j as Erlang does", async (text) => {
  expect(printed(parseTerm(text, "erlang"))).toBe(printed(await oracle.parse(text, "erlang")));
});

test.each<[language: TermLanguage, text: string, offset: number, message: string]>([
  ["elixir", "", 0, "Cannot read the term: it ends where a value should follow"],
  ["elixir", "{:ok, [1, 2}", 11, 'Cannot read the term: "," or "]" should stand where "}" is'],
  ["elixir", "{:ok, [1, 2", 6, 'Cannot read the term: "[" is not closed'],
  ["elixir", "%{a: 1", 0, 'Cannot read the term: "%{" is not closed'],
  ["elixir", "%Foo.Bar{a: 1", 0, 'Cannot read the term: "%Foo.Bar{" is not closed'],
  ["elixir", "<<1, 2", 0, 'Cannot read the term: "<<" is not closed'],
  ["elixir", "{:ok, value}", 6, "Cannot read the term: the variable value has no value here"],
  ["elixir", "[1, ${{ x }}]", 8, 'Cannot read the term: "${{ x }}" has no value in a term'],
  ["elixir", '"a ${{ x }}"', 7, 'Cannot read the term: "${{ x }}" has no value in a term'],
  ["elixir", "${{ x", 0, 'Cannot read the term: "${{" is not closed'],
  ["elixir", "${{ }}", 0, 'Cannot read the term: there is nothing in "${{ }}"'],
  ["elixir", '"abc', 0, 'Cannot read the term: " is not closed'],
  ["elixir", '"a #{b}"', 3, "Cannot read the term: #{…} would be code, and the text is not run"],
  ["elixir", '"\\u{110000}"', 1, "Cannot read the term: the escape names no character"],
  ["elixir", '"\\u12"', 1, "Cannot read the term: \\u needs hexadecimal digits"],
  ["elixir", ':"\\xff"', 0, "Cannot read the term: its bytes are not UTF-8"],
  ["elixir", "[a:1]", 1, 'Cannot read the term: no blank follows "a:"'],
  ["elixir", "[a: 1, 2]", 7, "Cannot read the term: keywords are followed by something else"],
  ["elixir", "a: 1", 0, 'Cannot read the term: the keyword "a:" stands outside of a list'],
  ["elixir", "1 + 2", 2, 'Cannot read the term: the end should stand where "+" is'],
  ["elixir", "12ab", 2, 'Cannot read the term: "ab" follows a number'],
  ["elixir", "1.0e999", 0, "Cannot read the term: 1.0e999 is too large for a float"],
  ["elixir", "%{a | b: 1}", 2, "Cannot read the term: the variable a has no value here"],
  ["elixir", "fn -> 1 end", 0, "Cannot read the term: an anonymous function is code"],
  ["elixir", "&(&1 + 1)", 0, "Cannot read the term: an anonymous function is code"],
  ["elixir", "String.upcase(x)", 0, 'Cannot read the term: "String" is called inside'],
  ["elixir", "self()", 0, 'Cannot read the term: "self" is called inside'],
  ["elixir", "#PID<0.1.2>", 0, 'Cannot read the term: "#" starts no literal'],
  ["elixir", "~r/a/", 0, "Cannot read the term: ~r is no literal"],
  ["elixir", "~w(a b)x", 0, 'Cannot read the term: "x" is no modifier of ~w'],
  ["elixir", '"""abc"""', 0, 'Cannot read the term: text follows """ on its line'],
  ["elixir", '"""\nabc', 0, 'Cannot read the term: """ is not closed'],
  ["elixir", "<<1::foo>>", 5, 'Cannot read the term: "foo" is no type of a segment'],
  ["elixir", "<<:a>>", 2, "Cannot read the term: a segment is no integer"],
  ["elixir", "<<0::999999999999>>", 2, "Cannot read the term: a segment is longer than 134217728 bits"],
  ["elixir", "1 }", 2, 'Cannot read the term: the end should stand where "}" is'],
  ["erlang", "{ok, Value}", 5, "Cannot read the term: the variable Value has no value here"],
  ["erlang", "#{a := 1}", 4, 'Cannot read the term: ":=" stands here for "=>"'],
  ["erlang", "#rec{a = 1}", 0, 'Cannot read the term: "#" starts no literal'],
  ["erlang", "<0.1.2>", 0, "Cannot read the term: a pid cannot be written as text"],
  ["erlang", "fun() -> ok end", 0, "Cannot read the term: a fun with a body is code"],
  ["erlang", "[X || X <- [1]]", 1, "Cannot read the term: the variable X has no value here"],
  ["erlang", "lists:seq(1, 2)", 0, 'Cannot read the term: "lists" is called inside'],
  ["erlang", "self()", 0, 'Cannot read the term: "self" is called inside'],
  ["erlang", "if", 0, 'Cannot read the term: "if" is a word of Erlang'],
  ["erlang", "37#1", 0, "Cannot read the term: 37 is no base from 2 to 36"],
  ["erlang", "2#12", 0, "Cannot read the term: 2#12 has digits that base 2 lacks"],
  ["erlang", "'abc", 0, "Cannot read the term: ' is not closed"],
  ["erlang", "$", 0, "Cannot read the term: no character follows $"],
  ["erlang", '"\\x{D800}"', 1, "Cannot read the term: the escape names no character"],
  ["erlang", "[1,]", 3, 'Cannot read the term: a value should stand where "]" is'],
  ["erlang", "[|1]", 1, 'Cannot read the term: a value should stand where "|" is'],
])("parseTerm() says where and what is wrong, when %s is given %j", (language, text, offset, message) => {
  expect(() => parseTerm(text, language)).toThrow(
    expect.objectContaining({ name: "TermSyntaxError", code: "TERM_INVALID", message, offset }),
  );
});

test.each<[language: TermLanguage, repeated: string, count: number, message: string]>([
  ["erlang", "[", 20_000, "it nests deeper than 200"],
  ["elixir", "{", 20_000, "it nests deeper than 200"],
  ["elixir", "(", 20_000, "it nests deeper than 200"],
  ["elixir", "[a: ", 20_000, "it nests deeper than 200"],
  ["elixir", "-", 20_000, 'a value should stand where "--" is'],
  ["elixir", "a", 256, "an atom has at most 255 characters"],
  ["erlang", "a", 256, "an atom has at most 255 characters"],
  ["erlang", " ", 1_048_577, "it is longer than 1048576 characters"],
])(
  "parseTerm() refuses the text of its limits, when %s is given %j %i times",
  (language, repeated, count, message) => {
    const text = repeated.repeat(count);
    const literal = repeated === "a" && language === "elixir" ? `:${text}` : text;
    expect(() => parseTerm(literal, language)).toThrow(
      expect.objectContaining({ name: "TermSyntaxError", message: `Cannot read the term: ${message}` }),
    );
  },
);

const FRAGMENTS =
  '{ } [ ] ( ) << >> %{ #{ => := , | . : :: / - + & ^ ~w( ~s" " \' """ \\ \\x ${{ }} #{ $ ? 1 1.5 16#f 0x a A _ :a a: nil fun &A.b/1 %A é 😀 \ud800'.split(
    " ",
  );

test.each<TermLanguage>(["elixir", "erlang"])(
  "parseTerm() gives a term or a TermSyntaxError, for any text in %s",
  (language) => {
    const anyText = fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.array(fc.constantFrom(...FRAGMENTS, " ", "\n"), { maxLength: 30 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          printed(parseTerm(text, language));
        } catch (error) {
          expect(error).toBeInstanceOf(TermSyntaxError);
          expect((error as TermSyntaxError).offset).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 5000 },
    );
  },
);

test("parseTerm() is quick, when numbers and texts are very long", () => {
  const start = performance.now();
  parseTerm("9".repeat(500_000), "elixir");
  parseTerm(`36#${"z".repeat(500_000)}`, "erlang");
  parseTerm(`"${"é".repeat(500_000)}"`, "erlang");
  expect(performance.now() - start).toBeLessThan(5000);
});
