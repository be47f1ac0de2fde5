import fc from "fast-check";
import { expect, test } from "vitest";
import { Float } from "../../src/etf/term.ts";
import { parsePythonLiteral } from "../../src/inventory/python-literal.ts";

test.each([
  ["1", 1],
  ["-3", -3],
  ["1_000", 1000],
  ["0xff", 255],
  ["0o17", 15],
  ["0b11", 3],
  ["123456789012345678901", 123456789012345678901n],
  ["1.5", new Float(1.5)],
  [".5", new Float(0.5)],
  ["1e3", new Float(1000)],
  ["True", true],
  ["None", null],
  ["'a\\n\\x41\\u00e9'", "a\nAé"],
  ['"it\'s"', "it's"],
  ["[1, 'two', [3],]", [1, "two", [3]]],
  ["(1, 2)", [1, 2]],
  ["(1)", 1],
  ["(1,)", [1]],
  ["()", []],
  ["5 # five", 5],
])("parsePythonLiteral() reads %s", (text, data) => {
  expect(parsePythonLiteral(text)).toEqual({ data });
});

test("parsePythonLiteral() reads a dictionary, whatever its keys are called", () => {
  const literal = parsePythonLiteral("{'a': 1, '__proto__': {'b': True}}");
  expect(Object.entries(literal?.data ?? {})).toEqual([
    ["a", 1],
    ["__proto__", expect.objectContaining({ b: true })],
  ]);
});

test.each([
  "",
  "word",
  "true",
  "0644",
  "1.2.3",
  "10.0.0.1",
  "1 2",
  "[1",
  "'a",
  "{1}",
  "f(1)",
  "1 +",
  "[".repeat(5000),
])("parsePythonLiteral() leaves %s as text", (text) => {
  expect(parsePythonLiteral(text)).toBeUndefined();
});

test("parsePythonLiteral() gives data or nothing, whatever the text is", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from("[]{}(),:'\"\\ 01.e-_xTrueNone#")) }),
      (text) => {
        parsePythonLiteral(text);
      },
    ),
    { numRuns: 2000 },
  );
});
