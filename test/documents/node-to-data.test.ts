import { expect, test } from "vitest";
import { formatProblem, type Problem } from "../../src/documents/document-error.ts";
import { nodeToData } from "../../src/documents/node-to-data.ts";
import { parseWholeYaml } from "../../src/documents/parse-whole-yaml.ts";
import { dataToTerm, dataToValue } from "../../src/etf/data.ts";
import { formatTerm } from "../../src/etf/format.ts";

/** The term that a value of a file stands for, in Erlang's words, or the problems. */
function erlang(text: string): string | string[] {
  const file = { path: "file.yml", text };
  const problems: Problem[] = [];
  const data = nodeToData(parseWholeYaml(file, "core"), file, problems);
  return problems.length > 0 ? problems.map(formatProblem) : formatTerm(dataToTerm(data), "erlang");
}

test.each([
  ["abc", '<<"abc">>'],
  ["123456789012345678901", "123456789012345678901"],
  ["1.0", "1.0"],
  ["true", "true"],
  ["~", "nil"],
  ["[1, a]", '[1,<<"a">>]'],
  ["{a: 1, 2: b}", '#{<<"2">> => <<"b">>,<<"a">> => 1}'],
  ["!atom ok", "ok"],
  ["!atom true", "true"],
  ['!atom "hello world"', "'hello world'"],
  ["!atom 1.10", "'1.10'"],
  ["!tuple [!atom ok, x, {a: !tuple []}]", '{ok,<<"x">>,#{<<"a">> => {}}}'],
  ["!charlist abc", '"abc"'],
  ['!charlist ""', "[]"],
  ["!charlist 12", '"12"'],
  ["!charlist [!atom a]", undefined],
  ["!!binary AAE=", "<<0,1>>"],
  ["!keyword {a: 1, b: [x]}", '[{a,1},{b,[<<"x">>]}]'],
  ["[!keyword {}]", "[[]]"],
])("nodeToData() gives the term of %s", (text, term) => {
  if (term === undefined) expect(erlang(text)).toBeInstanceOf(Array);
  else expect(erlang(text)).toBe(term);
});

test("nodeToData() gives a charlist that expressions and reports see as text, and lists of numbers that stay such", () => {
  const file = { path: "file.yml", text: "[!charlist abc, [97, 98]]" };
  expect(dataToValue(nodeToData(parseWholeYaml(file, "core"), file, []))).toEqual(["abc", [97, 98]]);
});

test("nodeToData() does not repeat what a password begins with, as if it were a tag", () => {
  expect(erlang("fusion_password: !hunter2 x")).toEqual([
    'file.yml:1:18: Unknown tag "…"\n  1 | fusion_password: ********\n    |                  ^\n  Known tags: !atom, !tuple, !charlist, !keyword, !secret and !!binary',
  ]);
});

test("nodeToData() tells the place of each tag that is unknown or does not fit", () => {
  const text = `a: !atmo ok
b: !tuple x
c: !keyword [a]
d: !charlist [a]
e: !atom [a]
f: !nonsense x
g: .inf
h: !atom ${"x".repeat(256)}
`;
  expect(erlang(text)).toEqual([
    'file.yml:1:4: Unknown tag "!atmo"\n  1 | a: !atmo ok\n    |    ^\n  Did you mean "!atom"?',
    "file.yml:2:4: !tuple expects a list\n  2 | b: !tuple x\n    |    ^",
    "file.yml:3:4: !keyword expects a mapping\n  3 | c: !keyword [a]\n    |    ^",
    "file.yml:4:4: !charlist expects text\n  4 | d: !charlist [a]\n    |    ^",
    "file.yml:5:4: !atom expects text\n  5 | e: !atom [a]\n    |    ^",
    'file.yml:6:4: Unknown tag "!nonsense"\n  6 | f: !nonsense x\n    |    ^\n  Known tags: !atom, !tuple, !charlist, !keyword, !secret and !!binary',
    "file.yml:7:4: Erlang has no infinite floats and no NaN\n  7 | g: .inf\n    |    ^",
    expect.stringContaining("file.yml:8:4: An atom has at most 255 characters"),
  ]);
});
