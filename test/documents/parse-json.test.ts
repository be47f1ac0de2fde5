import fc from "fast-check";
import { expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import { nodeToPlain } from "../../src/documents/node-to-plain.ts";
import { parseJson } from "../../src/documents/parse-json.ts";

const read = (text: string): unknown => nodeToPlain(parseJson({ path: "a.json", text }));

/** What JavaScript's own parser makes of a text; nothing where it refuses it. */
function expected(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function result(text: string): { value: unknown } | undefined {
  try {
    return { value: structuredClone(read(text)) };
  } catch (error) {
    if (error instanceof DocumentError) return undefined;
    throw error;
  }
}

test("parseJson() reads what JSON.parse() reads, when the text is JSON", () => {
  const json = fc.json({ maxDepth: 5 }).filter((text) => !/"__proto__"|-0(?![.e])/iu.test(text));
  fc.assert(
    fc.property(json, (text) => {
      expect({ value: structuredClone(read(text)) }).toEqual(expected(text));
    }),
    { numRuns: 500 },
  );
});

test("parseJson() refuses what JSON.parse() refuses, whatever the text is", () => {
  const pieces = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    '"a"',
    "\\",
    "u0041",
    "1",
    "-",
    "0",
    ".5",
    "e3",
    "true",
    "nul",
    "null",
    " ",
    "\n",
    "\u0001",
  ];
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (json) => {
      const ours = result(json);
      // A key that is there twice is refused here alone, and the integer -0 is 0.
      if ((ours === undefined && /"a".*"a"/su.test(json)) || /-0(?![.e])/u.test(json)) return;
      expect(ours).toEqual(expected(json));
    }),
    { numRuns: 5000 },
  );
});

test("parseJson() tells floats and large integers apart, and where each value stands", () => {
  const text = '{ "f": 1.0, "n": 123456789012345678901 }';
  expect(parseJson({ path: "a.json", text })).toMatchObject({
    kind: "mapping",
    range: [0, 40],
    entries: [
      {
        key: { value: "f", range: [2, 5] },
        value: { value: 1, isFloat: true, source: "1.0", range: [7, 10] },
      },
      { key: { value: "n" }, value: { value: 123456789012345678901n, isFloat: false } },
    ],
  });
});

test.each([
  ['{"a": 1,}', 9, "Expected a key in double quotes"],
  ['{"a" 1}', 6, 'Expected ":"'],
  ["[1 2]", 4, 'Expected ","'],
  ['["a]', 2, "The text that starts here is not closed"],
  ['["\\q"]', 2, "This text has an escape or a control character that JSON does not have"],
  ["[1] 2", 5, "Something follows the end of the JSON value"],
  ["", 1, "The JSON ends too early"],
  ["Loading…\n{}", 1, "This is no JSON"],
  ['{"a": 1, "a": 2}', 10, 'Duplicate key "a"'],
  ["[".repeat(200), 101, "Lists and mappings nest deeper than 100 levels here"],
])("parseJson() says what is wrong with %s", (text, column, message) => {
  const reading = (): unknown => read(text);
  expect(reading).toThrow(
    expect.objectContaining({ problems: [expect.objectContaining({ column, message })] }),
  );
});
