import { expect, test } from "vitest";
import { fillSyntax } from "../../src/etf/fill-syntax.ts";
import { formatTerm } from "../../src/etf/format.ts";
import { parseCall } from "../../src/etf/parse-call.ts";

/** The call as module, function and arguments, with what placeholders hold in their place. */
function read(text: string): string {
  const { language, module, function: name, args } = parseCall(text);
  const terms = args.map((arg) =>
    formatTerm(
      fillSyntax(arg, ({ source }) => `<${source}>`),
      language,
    ),
  );
  return `${language} ${module} ${name} (${terms.join(", ")})`;
}

test.each<[text: string, expected: string]>([
  ["RemoteHealth.check()", "elixir Elixir.RemoteHealth check ()"],
  ["RemoteHealth.check", "elixir Elixir.RemoteHealth check ()"],
  ["  RemoteHealth.check( )\n", "elixir Elixir.RemoteHealth check ()"],
  ['Foo.Bar.baz(1, "x")', 'elixir Elixir.Foo.Bar baz (1, "x")'],
  ["Elixir.Foo.bar()", "elixir Elixir.Foo bar ()"],
  [":rpc.call(:a@b, Foo, :bar, [1])", "elixir rpc call (:a@b, Foo, :bar, [1])"],
  [':"my mod"."my fun"(1)', "elixir my mod my fun (1)"],
  ["Foo.ok?(nil)", "elixir Elixir.Foo ok? (nil)"],
  ["Foo.run!()", "elixir Elixir.Foo run! ()"],
  ["Kernel.+(1, 2)", "elixir Elixir.Kernel + (1, 2)"],
  ['Kernel.<>("a", "b")', 'elixir Elixir.Kernel <> ("a", "b")'],
  ["Foo.do(1)", "elixir Elixir.Foo do (1)"],
  ["Foo.nil()", "elixir Elixir.Foo nil ()"],
  ["Foo.start(1, name: :x, limit: 5)", "elixir Elixir.Foo start (1, [name: :x, limit: 5])"],
  ["Foo.start(name: :x)", "elixir Elixir.Foo start ([name: :x])"],
  [
    'System.cmd("echo", ["a", "b"],\n  stderr_to_stdout: true)',
    'elixir Elixir.System cmd ("echo", ["a", "b"], [stderr_to_stdout: true])',
  ],
  ["# why\nFoo.bar(%{a: 1}, # first\n  {:b, -1.5})", "elixir Elixir.Foo bar (%{a: 1}, {:b, -1.5})"],
  ["Enum.sum(1..${{ n }})", 'elixir Elixir.Enum sum (%Range{first: 1, last: "<n>", step: 1})'],
  ["Foo.bar(${{ vars.a }}, [${{ b }}])", 'elixir Elixir.Foo bar ("<vars.a>", ["<b>"])'],
  [
    'Foo.bar("a ${{ vars["x"] }} b")',
    'elixir Elixir.Foo bar ("a <vars["x"]> b")'.replaceAll('"x"', '\\"x\\"'),
  ],
  [
    'Foo.bar(:"a ${{ x }}", \'${{ y }}\', ~c"${{ z }}")',
    'elixir Elixir.Foo bar (:"a <x>", ~c"<y>", ~c"<z>")',
  ],
  ["Foo.bar(\"${{ {'a': {'b': \"}}\"}} }}\")", "elixir Elixir.Foo bar (\"<{'a': {'b': \\\"}}\\\"}}>\")"],
  ['Foo.bar(<<1, "${{ x }}", 0>>)', "elixir Elixir.Foo bar (<<1, 60, 120, 62, 0>>)"],
  ['Foo.bar(a: "x", "b-${{ k }}": 1)', 'elixir Elixir.Foo bar ([a: "x", "b-<k>": 1])'],
  ['os:cmd("hostname")', 'erlang os cmd ("hostname")'],
  ["erlang:node()", "erlang erlang node ()"],
  ["erlang:node().", "erlang erlang node ()"],
  ["'Elixir.Foo':bar(1)", "erlang Elixir.Foo bar (1)"],
  ["m:'My Fun'(#{a => 1})", "erlang m My Fun (#{a => 1})"],
  ['% why\nm:f(\n  a, % first\n  <<"b">>\n)', 'erlang m f (a, <<"b">>)'],
  ["os : cmd ( 'x' )", "erlang os cmd (x)"],
  ['os:cmd("echo ${{ vars.x }}")', 'erlang os cmd ("echo <vars.x>")'],
  [
    "m:f(${{ a }}, <<\"${{ b }}\"/utf8>>, 'c${{ d }}', $a, ${{ e }})",
    'erlang m f (<<"<a>">>, <<"<b>">>, \'c<d>\', 97, <<"<e>">>)',
  ],
])("parseCall() reads %j", (text, expected) => {
  expect(read(text)).toBe(expected);
});

test.each<[text: string, offset: number, state: string, hint?: string]>([
  ["", 0, "it starts with no module", "Write Module.function(…) or module:function(…)"],
  ["check()", 0, "the module is missing", "Write Module.check(…) or module:check(…)"],
  ["os.cmd('x')", 0, '"os." is neither Elixir nor Erlang', "Write :os.cmd(…) or os:cmd(…)"],
  [
    "RemoteHealth:check()",
    0,
    '"RemoteHealth:" is neither Elixir nor Erlang',
    "Write RemoteHealth.check(…) or 'Elixir.RemoteHealth':check(…)",
  ],
  [
    "Foo.Bar:check()",
    0,
    '"Foo.Bar:" is neither Elixir nor Erlang',
    "Write Foo.Bar.check(…) or 'Elixir.Foo.Bar':check(…)",
  ],
  ["RemoteHealth", 12, "the function is missing", "Write RemoteHealth.function(…)"],
  ["Foo.Bar", 7, "the function is missing", "Write Foo.Bar.function(…)"],
  ["os:cmd", 6, "the arguments are missing", "Write os:cmd()"],
  ["${{ m }}.check()", 0, "it starts with no module"],
  ["&Foo.bar/1", 0, "it starts with no module"],
  ["Foo.bar(1, 2", 7, '"(" is not closed', "End it with )"],
  ["Foo.bar([1, 2)", 13, '"," or "]" should stand where ")" is'],
  ['os:cmd("a', 7, '" is not closed', 'End the text with "'],
  [
    "Foo.bar(x)",
    8,
    "the variable x has no value here",
    "Write a literal, or ${{ x }} for a value of the playbook",
  ],
  [
    "m:f(Value)",
    4,
    "the variable Value has no value here",
    "Write a literal, or ${{ value }} for a value of the playbook",
  ],
  [
    'Foo.bar("#{x}")',
    9,
    "#{…} would be code, and the text is not run",
    "Write ${{ … }} for a value of the playbook, or \\#{ for the characters themselves",
  ],
  [
    "Foo.bar(1 + 2)",
    10,
    '"," or ")" should stand where "+" is',
    "Arguments are literals and ${{ … }}: write code in an eval step",
  ],
  ["Foo.bar(1..:a)", 11, "a range is made of whole numbers"],
  ["Foo.bar(1.5..2)", 8, "a range is made of whole numbers"],
  ["Foo.bar(1..3//0)", 14, "the step of a range is 0"],
  ["Foo.bar(1../2)", 11, 'a value should stand where "/" is'],
  [
    "Foo.bar(1 |> inspect())",
    10,
    '"," or ")" should stand where "|>" is',
    "Arguments are literals and ${{ … }}: write code in an eval step",
  ],
  [
    "Foo.bar(true and false)",
    13,
    '"," or ")" should stand where "and" is',
    "Arguments are literals and ${{ … }}: write code in an eval step",
  ],
  [
    "Foo.bar() |> Foo.baz()",
    10,
    '"|>" follows the call',
    "Arguments are literals and ${{ … }}: write code in an eval step",
  ],
  [
    "Foo.bar().baz",
    9,
    '"." follows the call',
    "Arguments are literals and ${{ … }}: write code in an eval step",
  ],
  [
    "Foo.bar(Foo.baz())",
    8,
    '"Foo" is called inside',
    "Arguments are literals and ${{ … }}: write code in an eval step",
  ],
  ["m:f(g(1))", 4, '"g" is called inside', "Arguments are literals and ${{ … }}: write code in an eval step"],
  ["m:f(n:g(1))", 4, '"n" is called inside'],
  ["Foo.bar 1, 2", 8, '"1" follows the call', "Put the arguments in parentheses: bar(…)"],
  ["Foo.bar(fn -> 1 end)", 8, "an anonymous function is code"],
  ["Foo.bar(1, )", 11, 'a value should stand where ")" is'],
  ["Foo.bar(1 2)", 10, '"," or ")" should stand where "2" is'],
  ["Foo.bar(${{ x)", 8, '"${{" is not closed', "End the expression with }}"],
  ["erlang:halt(). init:stop().", 15, '"init" follows the call'],
  ["Foo.bar(a: 1, 2)", 14, "keywords are followed by something else", "Write keywords last"],
])("parseCall() says where and what is wrong, when it is given %j", (text, offset, state, hint) => {
  expect(() => parseCall(text)).toThrow(
    expect.objectContaining({
      name: "TermSyntaxError",
      code: "TERM_INVALID",
      message: `Cannot read the call: ${state}`,
      offset,
      ...(hint === undefined ? {} : { hint }),
    }),
  );
});

test("parseCall() gives the offset of each expression, when it has placeholders", () => {
  const text = 'Foo.bar(${{ a }}, "x ${{b}}")';
  const offsets: [string, number][] = [];
  for (const arg of parseCall(text).args) {
    fillSyntax(arg, ({ source, offset }) => {
      offsets.push([source, offset]);
      return "";
    });
  }
  expect(offsets).toEqual([
    ["a", 12],
    ["b", 24],
  ]);
});
