// oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editorSchema, type JsonSchema } from "../../src/playbook/editor-schema.ts";
import { STEP_KINDS, STEP_SCHEMAS } from "../../src/playbook/step-schema.ts";

function compile(schema: object): ValidateFunction {
  return new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
}

test.each<[string, JsonSchema, JsonSchema]>([
  [
    "makes one schema of branches that differ in their types",
    {
      title: "a word or some",
      anyOf: [
        { type: "string", title: "a word" },
        { type: "array", items: { type: "string" } },
      ],
    },
    { title: "a word or some", type: ["string", "array"], allOf: [{ items: { type: "string" } }] },
  ],
  [
    "makes one mapping of mappings with one key each",
    {
      anyOf: ["a", "b"].map((key) => ({
        type: "object",
        properties: { [key]: { type: "string" } },
        required: [key],
        additionalProperties: false,
      })),
    },
    {
      type: ["object"],
      allOf: [
        {
          properties: { a: { type: "string" }, b: { type: "string" } },
          additionalProperties: false,
          minProperties: 1,
          maxProperties: 1,
        },
      ],
    },
  ],
  [
    "tells of the other type, and not of the pattern, where a text does not match it",
    {
      anyOf: [
        { type: "integer", minimum: 0 },
        { type: "string", pattern: "a" },
      ],
    },
    {
      type: ["integer", "string"],
      allOf: [{ minimum: 0 }, { if: { type: "string", not: { pattern: "a" } }, then: { type: "integer" } }],
    },
  ],
  [
    "keeps a union whose branches are of the same type",
    {
      anyOf: [
        { type: "string", minLength: 2 },
        { type: "string", pattern: "a" },
      ],
    },
    {
      anyOf: [
        { type: "string", minLength: 2 },
        { type: "string", pattern: "a" },
      ],
    },
  ],
  [
    "keeps a union with a branch of any type",
    { anyOf: [{ type: "string" }, { $ref: "#/$defs/a" }] },
    { anyOf: [{ type: "string" }, { $ref: "#/$defs/a" }] },
  ],
  [
    "rewrites what stands below a key, whatever its name is",
    { properties: { examples: { anyOf: [{ type: "string" }, { type: "null" }] }, never: false } },
    { properties: { examples: { type: ["string", "null"] }, never: false } },
  ],
  [
    "leaves examples as they are",
    { examples: [{ anyOf: [{ type: "string" }] }], default: { anyOf: [] } },
    { examples: [{ anyOf: [{ type: "string" }] }], default: { anyOf: [] } },
  ],
])("editorSchema() %s", (_name, schema, expected) => {
  expect(editorSchema(schema)).toEqual(expected);
});

describe.each(STEP_KINDS)("editorSchema() of a step of the kind %s", (kind) => {
  const original = compile(STEP_SCHEMAS[kind]);
  const rewritten = compile(editorSchema(STEP_SCHEMAS[kind] as unknown as JsonSchema));
  const { properties } = STEP_SCHEMAS[kind] as unknown as {
    properties: Readonly<Record<string, { readonly examples: readonly unknown[] }>>;
  };
  const keys = Object.keys(properties);
  const examples = keys.flatMap((key) => properties[key]?.examples ?? []);
  const value = fc.oneof(
    fc.constantFrom(...examples),
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom("elixir", "erlang", "that", "match", "module", "function"), fc.jsonValue()),
    fc.array(fc.oneof(fc.string(), fc.boolean(), fc.integer())),
  );

  test("accepts and refuses the same", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 2 }), value, (others, own) => {
        const step = { ...others, [kind]: own };
        if (original(step)) accepted++;
        expect(rewritten(step)).toBe(original(step));
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(0);
  });
});
