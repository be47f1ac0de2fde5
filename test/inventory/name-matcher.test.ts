import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { boundedRegex } from "../../src/inventory/bounded-regex.ts";
import { nameMatcher } from "../../src/inventory/name-matcher.ts";

const names = fc
  .array(fc.constantFrom(...Array.from("aabbc12-_.]^!\\\n\r\u2028é😀")), { maxLength: 8 })
  .map((all) => all.join(""));
const ofPieces = (pieces: readonly string[], maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...pieces), { maxLength }).map((all) => all.join(""));

/** The glob as Python's fnmatch understands it, one character after the other; slow, and beyond doubt. */
function matchesGlob(glob: readonly string[], name: readonly string[]): boolean {
  const [piece, ...rest] = glob;
  if (piece === undefined) return name.length === 0;
  if (piece === "*")
    return Array.from({ length: name.length + 1 }, (_, at) => name.slice(at)).some((tail) =>
      matchesGlob(rest, tail),
    );
  const [first, ...tail] = name;
  if (first === undefined) return false;
  const holds =
    piece === "?" ||
    piece === first ||
    (piece === "[ab]" && "ab".includes(first)) ||
    (piece === "[!ab]" && !"ab".includes(first)) ||
    (piece === "[a-c]" && "abc".includes(first)) ||
    (piece === "[]a]" && "]a".includes(first)) ||
    (piece === "[!^]" && first !== "^") ||
    (piece === "[^1]" && "^1".includes(first)) ||
    (piece === "[a-c-]" && "abc-".includes(first)) ||
    piece === "[!b-a]";
  return holds && matchesGlob(rest, tail);
}

test("nameMatcher() matches a glob as one that tries all ways does", () => {
  const pieces = [
    "*",
    "*",
    "?",
    "a",
    "b",
    ".",
    "-",
    "😀",
    "^",
    "\\",
    "\n",
    "[ab]",
    "[!ab]",
    "[a-c]",
    "[]a]",
    "[!^]",
    "[^1]",
    "[a-c-]",
    "[!b-a]",
    "[b-a]",
  ];
  let matched = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 7 }), names, (glob, name) => {
      const matches = nameMatcher(glob.join(""))(name);
      if (matches) matched++;
      expect(matches).toBe(matchesGlob(glob, Array.from(name)));
    }),
    { numRuns: 10_000 },
  );
  expect(matched).toBeGreaterThan(100);
});

test("boundedRegex() matches as RE2 does, or leaves the expression to it", () => {
  const expression = ofPieces(
    [
      "a",
      "b",
      "c",
      "1",
      "-",
      "_",
      ".",
      ".",
      "\\.",
      "\\+",
      "\\d",
      "\\w",
      "\\D",
      "[ab]",
      "[^a-b]",
      "[\\w.-]",
      "[a-c-1]",
      "[b-a]",
      "(",
      ")",
      "(?:",
      "|",
      "*",
      "+",
      "?",
      "^",
      "$",
      "{2}",
      "é",
      "\\",
      "(?i)",
      "\\b",
    ],
    9,
  );
  let bounded = 0;
  fc.assert(
    fc.property(expression, fc.array(names, { minLength: 1, maxLength: 5 }), (text, samples) => {
      const found = boundedRegex(text);
      if (found === undefined) return;
      bounded++;
      const re2 = RE2JS.compile(text);
      for (const name of samples) expect(found.regex.test(name)).toBe(re2.matcher(name).lookingAt());
    }),
    { numRuns: 20_000 },
  );
  expect(bounded).toBeGreaterThan(1000);
});

test.each([
  ["web[0-9]+\\.example", 101],
  ["(web|db).*", 2 * 101],
  ["(a|b?|c)d?", 4 * 2],
  [".*a.*b.*c", 101 ** 3],
])("boundedRegex() tells how often %s may be tried", (expression, tries) => {
  expect(boundedRegex(expression)?.tries("x".repeat(100))).toBe(tries);
});

test.each(["(a+)+b", "(a|b)*", "a{2,}", "a*?", "\\1", "(?=a)", "a**", "(", "a)", "x".repeat(501)])(
  "boundedRegex() leaves %s to RE2",
  (expression) => {
    expect(boundedRegex(expression)).toBeUndefined();
  },
);

test("nameMatcher() takes no longer for what would be tried very often", () => {
  const matches = nameMatcher(`~${".*a".repeat(12)}$`);
  const before = process.cpuUsage();
  expect(matches(`${"a".repeat(200)}b`)).toBe(false);
  const { user, system } = process.cpuUsage(before);
  // Trying all ways would take years.
  expect(user + system).toBeLessThan(60_000_000);
});
