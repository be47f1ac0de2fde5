import { join } from "node:path";
import { expect, test } from "vitest";
import { formatProblem } from "../../src/documents/document-error.ts";
import { parseWholeYaml } from "../../src/documents/parse-whole-yaml.ts";
import { readSourceFile } from "../../src/documents/read-source-file.ts";
import { compileSchema, validate } from "../../src/documents/validate.ts";

const step = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 1 },
    retries: { type: "integer", minimum: 0 },
    timeout: {
      title: 'a duration such as "10s"',
      anyOf: [{ type: "string", pattern: "^[0-9]+(ms|s|m|h)$" }, { type: "number" }],
    },
    strategy: { enum: ["linear", "free"] },
    when: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
    register: { type: "string", title: "a name of letters and _", pattern: "^[a-z_]+$" },
    tags: { type: "array", minItems: 1, uniqueItems: true },
    serial: { anyOf: [{ type: "integer" }, { type: "string" }] },
    size: { type: "integer", minimum: 1, maximum: 255 },
    kind: { const: "a" },
    until: { type: "string" },
    options: { anyOf: [{ enum: ["slow"] }, { type: "object", properties: {}, additionalProperties: false }] },
  },
  dependentRequired: { until: ["delay"] },
  additionalProperties: false,
};

const schema = compileSchema({
  type: "object",
  required: ["hosts", "steps", "name"],
  properties: {
    name: { type: "string" },
    hosts: { type: "string" },
    steps: { type: "array", items: step },
    vars: { type: "object", propertyNames: { pattern: "^[a-z]+$" } },
  },
  additionalProperties: false,
});

function problemsOf(text: string): string[] {
  const file = { path: "play.yml", text };
  return validate(schema, parseWholeYaml(file, "core"), file).map(formatProblem);
}

const fixtures = join(import.meta.dirname, "../fixtures/documents/schema");

test("validate() tells each mistake once, at its place, with a suggestion", async () => {
  const { text } = await readSourceFile(join(fixtures, "play.yml"));
  await expect(`${problemsOf(text).join("\n\n")}\n`).toMatchFileSnapshot(join(fixtures, "play.txt"));
});

test("validate() finds nothing in a document that satisfies the schema", () => {
  const text = `
name: &name Fleet
hosts: web
vars: { min: 123456789012345678901234567890, other: !atom ok }
steps:
  - { name: *name, timeout: 10s, when: [a, b], strategy: free, size: 255, options: slow }
  - { timeout: 1.5, when: a, serial: 25%, options: {} }
`;
  expect(problemsOf(text)).toEqual([]);
});

test("validate() names the document, when all of it is of the wrong kind", () => {
  expect(problemsOf("")).toEqual([
    "play.yml:1:1: The document expects a mapping, got nothing\n  1 |\n    | ^",
  ]);
  expect(problemsOf("[]")[0]).toMatch("play.yml:1:1: This expects a mapping, got an empty list");
});

test("validate() refuses binary data, when text is expected", () => {
  expect(problemsOf("name: !!binary aGk=\nhosts: web\nsteps: []")[0]).toMatch(
    'play.yml:1:16: "name" expects text, got binary data',
  );
});

test("validate() keeps a password out of the message, when it is of the wrong kind", () => {
  const secret = compileSchema({ type: "object", properties: { password: { type: "integer" } } });
  const file = { path: "play.yml", text: "password: hunter2" };
  expect(validate(secret, parseWholeYaml(file, "core"), file).map(formatProblem)).toEqual([
    'play.yml:1:11: "password" expects a whole number\n  1 | password: ********\n    |           ^',
  ]);
});
