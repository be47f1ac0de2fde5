import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DocumentNode } from "../../src/documents/node.ts";
import { nodeToPlain } from "../../src/documents/node-to-plain.ts";
import { parseWholeYaml } from "../../src/documents/parse-whole-yaml.ts";
import { isSurelyValid } from "../../src/documents/surely-valid.ts";
import { PLAY_SCHEMA } from "../../src/playbook/play-schema.ts";
import { STEP_SCHEMAS } from "../../src/playbook/step-schema.ts";

interface Schema {
  readonly properties: Readonly<Record<string, { readonly examples?: readonly unknown[] }>>;
}

const schemas = Object.entries({ ...STEP_SCHEMAS, play: PLAY_SCHEMA }).map(
  ([name, schema]): [name: string, schema: Schema] => [name, schema as unknown as Schema],
);

function validatorOf(schema: object): ValidateFunction {
  return new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);
}

function nodeOf(value: unknown): DocumentNode {
  return parseWholeYaml({ path: "a.yml", text: JSON.stringify(value) }, "core");
}

const oddValues = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 60,
  "",
  "x",
  "1s",
  "${{ 1 }}",
  [],
  ["a"],
  [null],
  {},
  { a: 1 },
  { app: "x" },
];

/** Mappings with keys that a schema knows, whose values are right or wrong, and with others. */
function documentsOf({ properties }: Schema): fc.Arbitrary<unknown> {
  const entries = Object.entries(properties).map(([key, { examples = [] }]) =>
    fc.tuple(fc.constant(key), fc.constantFrom(...examples, ...examples, ...oddValues)),
  );
  const unknown = fc.tuple(fc.constantFrom("nmae", "__proto__", "toString"), fc.constantFrom(...oddValues));
  const known = fc.oneof(...entries);
  const entry = fc.oneof({ weight: 9, arbitrary: known }, { weight: 1, arbitrary: unknown });
  return fc.oneof(
    fc.uniqueArray(entry, { maxLength: 6, selector: ([key]) => key }).map((all) => Object.fromEntries(all)),
    fc.constantFrom(...oddValues),
  );
}

test.each(schemas)("isSurelyValid() finds nothing valid that the validator refuses: %s", (_name, schema) => {
  const isValid = validatorOf(schema);
  fc.assert(
    fc.property(documentsOf(schema), (document) => {
      const node = nodeOf(document);
      if (isSurelyValid(schema, node)) expect(isValid(nodeToPlain(node))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test.each(schemas)("isSurelyValid() takes what the documentation shows: %s", (_name, { properties }) => {
  for (const [key, schema] of Object.entries(properties)) {
    for (const example of schema.examples ?? []) {
      expect(isSurelyValid(schema, nodeOf(example)), `${key}: ${JSON.stringify(example)}`).toBe(true);
    }
  }
});

test.each([
  { schema: { type: "string", maxLength: 2 }, document: "a" },
  { schema: { not: { type: "string" } }, document: 1 },
  { schema: { minimum: 0 }, document: "!!int -9223372036854775809" },
])("isSurelyValid() leaves what it does not know to the validator: $schema", ({ schema, document }) => {
  expect(isSurelyValid(schema, parseWholeYaml({ path: "a.yml", text: String(document) }, "core"))).toBe(
    false,
  );
});
