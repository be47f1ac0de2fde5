import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DocumentError } from "../../src/documents/document-error.ts";
import type { DocumentNode } from "../../src/documents/node.ts";
import { parseWholeYaml } from "../../src/documents/parse-whole-yaml.ts";
import { resolveCoreScalar } from "../../src/documents/core-scalars.ts";
import { parsePlainYaml, type PlainYamlOptions } from "../../src/documents/plain-yaml.ts";
import { resolvePlain } from "../../src/documents/yaml-1-1-scalars.ts";

/** What plain scalars stand for in inventories and in playbooks. */
const OPTIONS: Readonly<Record<"ansible" | "core", PlainYamlOptions>> = {
  ansible: { resolve: resolvePlain },
  core: { resolve: resolveCoreScalar, keysByValue: false },
};
const SCALARS = ["ansible", "core"] as const;
type Scalars = (typeof SCALARS)[number];

/** What the parser of all of YAML gives; nothing where it refuses the text. */
function whole(text: string, scalars: Scalars): unknown {
  try {
    return comparable(parseWholeYaml({ path: "a.yml", text }, scalars));
  } catch (error) {
    if (error instanceof DocumentError) return undefined;
    throw error;
  }
}

function plain(text: string, scalars: Scalars): unknown {
  const node = parsePlainYaml(text, OPTIONS[scalars]);
  return node === undefined ? undefined : comparable(node);
}

/** Where lists and mappings end nothing asks. */
function comparable(node: DocumentNode): unknown {
  if (node.kind === "scalar") return node;
  const { range, ...rest } = node;
  return {
    ...rest,
    start: range[0],
    ...(node.kind === "mapping"
      ? { entries: node.entries.map(({ key, value }) => [comparable(key), comparable(value)]) }
      : { items: node.items.map(comparable) }),
  };
}

const pieces =
  "a b1 web[1:3] fe80::1 true no 012 1.5 -3 ~ \"q\" 's' é http://x/y a#b << v:w { } [ ] , # ? | % &a *a !t '' \"\" \\ ..."
    .split(" ")
    .concat([
      "x y",
      ": ",
      ": ",
      ":",
      "\n",
      "\n",
      "\n  ",
      "\n    ",
      "\n  - ",
      "\n- ",
      "- ",
      " # c",
      "  # c",
      "  ",
      ", ",
      " ",
      "---\n",
      "\t",
    ]);

/** Checks texts, and that many of them are read. */
function expectTheSame(
  text: fc.Arbitrary<string>,
  { least, scalars }: { readonly least: number; readonly scalars: Scalars },
): void {
  let read = 0;
  fc.assert(
    fc.property(text, (yaml) => {
      const ours = plain(yaml, scalars);
      if (ours === undefined) return;
      read++;
      expect(ours).toEqual(whole(yaml, scalars));
    }),
    { numRuns: 10_000 },
  );
  expect(read).toBeGreaterThan(least);
}

test.each(SCALARS)(
  "parsePlainYaml() gives what the YAML parser gives, or nothing: any text, %s",
  (scalars) => {
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(""));
    expectTheSame(text, { least: 40, scalars });
  },
);

const keys = ["a", "b", "web[1:3]", '"q k"', "'s'", "no", "012", "fe80::1", "1.5"];
const values = [
  "",
  "",
  "",
  " ",
  " x",
  " 0x1F",
  " ~",
  " yes",
  ' "q: #"',
  " 'a''b'",
  " {a: 1, b: [x, y z]}",
  " [1, -2,]",
].concat([
  " x # c",
  " # c",
  " http://x:1/#a",
  " *",
  " {{ x }}",
  " - x",
  " 1_000",
  " 1:30",
  " a: b",
  " |",
  " !x 1",
]);

/** Lines of a mapping or list. */
type Block = readonly string[];

/** Puts blocks below keys or dashes, deeper by some columns. */
function nested(heads: fc.Arbitrary<string>, blocks: fc.Arbitrary<Block>): fc.Arbitrary<Block> {
  const entry = fc.tuple(heads, fc.constantFrom("  ", "  ", " ", "    ", ""), blocks);
  return fc
    .array(entry, { minLength: 1, maxLength: 3 })
    .map((all) => all.flatMap(([head, indent, block]) => [head, ...block.map((line) => indent + line)]));
}

const block = fc.letrec<{ block: Block }>((tie) => {
  const key = fc.constantFrom(...keys).map((name) => `${name}:`);
  const line = fc.tuple(key, fc.constantFrom(...values)).map((parts) => parts.join(""));
  const item = fc.constantFrom(...values).map((value) => `-${value}`);
  const lines = fc.oneof(
    { weight: 4, arbitrary: fc.uniqueArray(line, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Block>([""], ["# c"], ["- a: 1", "  b: 2"], ["- - x"], ["a: x", "  y"]),
    },
  );
  const deeper = fc.oneof(nested(key, tie("block")), nested(fc.constantFrom("-", "a:"), tie("block")));
  return { block: fc.oneof({ depthSize: "small" }, lines, deeper) };
}).block;

test.each(
  SCALARS.flatMap((scalars) => [
    { scalars, root: "mapping", heads: ["a:", "b:", "'c d':"], least: 1000 },
    { scalars, root: "list", heads: ["-"], least: 1000 },
  ]),
)("parsePlainYaml() gives what the YAML parser gives, or nothing: nested in a $root, $scalars", (given) => {
  const { scalars, heads, least } = given;
  const yaml = nested(fc.constantFrom(...heads), block).map((lines) => `${lines.join("\n")}\n`);
  expectTheSame(yaml, { least, scalars });
});

const NULLS_AND_BOOLEANS = ["null", "Null", "~", "true", "True", "yes", "No", "on", "Off", "n"];
const numerals = fc
  .array(fc.constantFrom(..."0123456789abefinoxEFNIOX.+-_~".split("")), { minLength: 1, maxLength: 7 })
  .map((characters) => characters.join(""));
const words = fc
  .constantFrom(...NULLS_AND_BOOLEANS, ".inf", "-.Inf", "+.INF", ".nan", ".NaN", "1e400", "9007199254740993")
  .chain((word) => fc.constantFrom(word, word.toUpperCase(), word.toLowerCase(), `${word}s`));

test.each(SCALARS)(
  "parsePlainYaml() gives what the YAML parser gives, or nothing: scalars, %s",
  (scalars) => {
    const scalar = fc.oneof(numerals, words);
    expectTheSame(
      fc.tuple(scalar, scalar).map(([key, value]) => `${key}: ${value}\n`),
      { least: 1000, scalars },
    );
  },
);

/** The texts of all YAML files of a folder of the repository. */
function textsIn(folder: string): string[] {
  const path = join(import.meta.dirname, "../..", folder);
  const names = readdirSync(path, { recursive: true, encoding: "utf8" });
  return names.filter((name) => /\.ya?ml$/u.test(name)).map((name) => readFileSync(join(path, name), "utf8"));
}

test.each([
  { what: "inventories", folder: "test/fixtures/inventory/valid", scalars: "ansible", least: 10 },
  { what: "wrong inventories", folder: "test/fixtures/inventory", scalars: "ansible", least: 10 },
  { what: "playbooks", folder: "test/fixtures/playbooks", scalars: "core", least: 10 },
] as const)("parsePlainYaml() reads many $what, and gives what the YAML parser gives", (files) => {
  const { folder, scalars, least } = files;
  const texts = textsIn(folder);
  const read = texts.filter((text) => plain(text, scalars) !== undefined);
  for (const text of read) expect(plain(text, scalars)).toEqual(whole(text, scalars));
  expect(read.length).toBeGreaterThan(least);
});

test.each([`a: ${"x".repeat(4e6)}`, `${"a".repeat(4e6)}: 1`, `a: ${"x y".repeat(1e6)}`])(
  "parsePlainYaml() leaves very long lines to the YAML parser",
  (text) => {
    expect(parsePlainYaml(text, { resolve: resolvePlain })).toBeUndefined();
  },
);
