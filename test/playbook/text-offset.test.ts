import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { parseWholeYaml } from "../../src/documents/parse-whole-yaml.ts";
import { valueOf } from "../../src/documents/node-at.ts";
import { textOffset } from "../../src/playbook/text-offset.ts";

/** The text of the file from where the character `at` of the value of `key` stands. */
function fromCharacter(text: string, at: number): string {
  const node = valueOf(parseWholeYaml({ path: "a.yml", text }, "core"), "key");
  if (node?.kind !== "scalar" || typeof node.value !== "string") throw new Error("no text");
  const [start, end] = node.range;
  return text.slice(start + textOffset(text.slice(start, end), node.value, at));
}

test.each<[string, string, number, string]>([
  ["plain", "key: a == b\n", 5, "b\n"],
  ["plain on two lines", "key: a ==\n  b\n", 5, "b\n"],
  ["single quotes", "key: 'it''s == b'\n", 8, "b'\n"],
  ["double quotes", 'key: "a\\tb\\u0041\\"c"\n', 5, 'c"\n'],
  ["double quotes over lines", 'key: "a \\\n   b"\n', 2, 'b"\n'],
  ["a surrogate pair", 'key: "\\U0001F600b"\n', 2, 'b"\n'],
  ["a literal block", "key: |\n  a ==\n    b\n", 7, "b\n"],
  ["a folded block", "key: >-\n  a ==\n  b\n", 5, "b\n"],
  ["a block with a comment", "key: | # b\n  a ==\n  b\n", 5, "b\n"],
  ["the end of a text", "key: 'a =='\n", 4, "'\n"],
  ["the end of a block", "key: |\n  a ==\n", 5, "\n"],
  ["a space", "key: a b\n", 1, " b\n"],
  ["a tag before it", "key: !atom 'a b'\n", 2, "b'\n"],
])("textOffset() finds a character in %s", (_name, text, at, rest) => {
  expect(fromCharacter(text, at)).toBe(rest);
});

test("textOffset() finds every visible character of any text that YAML can write", () => {
  const styles = ["PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED"] as const;
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "b", "=", " ", "'", '"', "\\", "\n", "é", "{", "x"), { maxLength: 60 }),
      fc.constantFrom(...styles),
      (letters, style) => {
        const value = letters.join("");
        const text = stringify({ key: value }, { defaultStringType: style, lineWidth: 20 });
        for (const [at, character] of letters.entries()) {
          // What a double-quoted text writes as an escape starts with a backslash.
          if (/\s/.test(character)) continue;
          const found = fromCharacter(text, at);
          expect([
            value,
            text,
            at,
            found.startsWith(character) || found.startsWith(`\\${character}`),
          ]).toEqual([value, text, at, true]);
        }
      },
    ),
    { numRuns: 300 },
  );
});
