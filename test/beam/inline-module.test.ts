import { expect, test } from "vitest";
import { elixirInlineScript, erlangInlineModule, withoutWrapper } from "../../src/beam/inline-module.ts";
import type { InlineCode } from "../../src/playbook/playbook.ts";

function erlang(source: string, variables: readonly string[] = []): string {
  const code: InlineCode = {
    language: "erlang",
    source,
    variables,
    isTemplate: false,
    location: { file: "site.yml", line: 7, column: 1 },
    locate: () => undefined,
  };
  return erlangInlineModule("m", code);
}

test.each([
  ["a().", "a()"],
  ["a()", "a()"],
  ["a(). % done.", "a()"],
  ["a() % done.", "a() % done."],
  ['"text."', '"text."'],
  ["'atom.'", "'atom.'"],
  ["X = $., X.", "X = $., X"],
  ["X = $\\., X", "X = $\\., X"],
  ['"\\"".\n\n', '"\\""'],
  ["1.5", "1.5"],
])("erlangInlineModule() takes %s with or without the dot at the end", (source, body) => {
  expect(erlang(source).split("-> ")[1]).toBe(`${body}\n.\n`);
});

test("erlangInlineModule() starts variables with a capital", () => {
  expect(erlang("ok", ["host", "_rest", "Vars"])).toContain("run(Host, _rest, Vars) ->");
});

test("erlangInlineModule() and elixirInlineScript() refuse names that are no variables", () => {
  expect(() => erlang("ok", ["a-b"])).toThrow('"a-b" is no name of a variable');
  const code: InlineCode = {
    language: "elixir",
    source: "1",
    variables: ["x) do System.halt() end; def y("],
    isTemplate: false,
    location: { file: "site.yml", line: 7, column: 1 },
    locate: () => undefined,
  };
  expect(() => elixirInlineScript("Elixir.M", code)).toThrow(
    expect.objectContaining({ code: "COMPILE_FAILED" }),
  );
});

test("withoutWrapper() keeps what is said about the user's code", () => {
  const text = [
    "site.yml:8:1: syntax error before: ','",
    "%    8| ,",
    "m.erl:2:2: function run/0 undefined",
    "%    2| -export([run/0]).",
    "%     |  ^",
    "site.yml:9:1: another",
  ].join("\n");
  expect(withoutWrapper(text, "m.erl").split("\n")).toEqual([
    "site.yml:8:1: syntax error before: ','",
    "%    8| ,",
    "site.yml:9:1: another",
  ]);
});

test("withoutWrapper() takes out that the module cannot be compiled, where the mistakes are told before", () => {
  const mistake = ["error: undefined function foo/1", "└─ fusion_play_inline.ex:20004: M.run/0"];
  const summary =
    "** (CompileError) fusion_play_inline.ex:10000: cannot compile module M (errors have been logged)";
  expect(withoutWrapper([...mistake, "", summary].join("\n"), "inline.exs").trim()).toBe(mistake.join("\n"));
});
