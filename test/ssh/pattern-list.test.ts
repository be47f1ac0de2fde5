import fc from "fast-check";
import { expect, test } from "vitest";

import { matchesPattern, matchesPatternList } from "../../src/ssh/pattern-list.ts";

test.each([
  ["web1", "web1", true],
  ["web1", "web*", true],
  ["web1", "web?", true],
  ["web10", "web?", false],
  ["web1.example.com", "*.example.com", true],
  ["example.com", "*.example.com", false],
  ["", "*", true],
  ["", "?", false],
  ["[10.0.0.1]:2222", "[10.0.0.*]:2222", true],
  ["abcabd", "*ab?", true],
])("matchesPattern() of %j and %j is %j", (text, pattern, expected) => {
  expect(matchesPattern(text, pattern)).toBe(expected);
});

test("matchesPattern() agrees with the regular expression of the same meaning", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
  fc.assert(
    fc.property(text, pattern, (name, glob) => {
      const source = glob.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
      expect(matchesPattern(name, glob)).toBe(new RegExp(`^${source}$`).test(name));
    }),
    { numRuns: 2000 },
  );
});

test("matchesPattern() is done at once, when stars could be tried in many ways", () => {
  const started = performance.now();
  expect(matchesPattern("a".repeat(5000), `${"a*".repeat(40)}b`)).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000);
});

test("matchesPatternList() lets a negated pattern win, wherever it stands", () => {
  expect(matchesPatternList("web1", ["web*", "!web1"])).toBe(false);
  expect(matchesPatternList("web1", ["!web1", "web*"])).toBe(false);
  expect(matchesPatternList("web2", ["!web1", "web*"])).toBe(true);
  expect(matchesPatternList("web2", ["!web1"])).toBe(false);
});
