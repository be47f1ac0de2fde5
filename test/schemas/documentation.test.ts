import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { inlineCode, readDocument, ROOT, tableRows } from "../docs/markdown.ts";

type Schema = Readonly<Record<string, unknown>>;

const names = readdirSync(join(ROOT, "schemas")).map((file) => file.replace(/\.schema\.json$/, ""));
/** What files are written in: there a key may be left out, and has a default. */
const INPUTS = ["inventory", "playbook"];

function read(name: string): Schema {
  return JSON.parse(readDocument(`schemas/${name}.schema.json`)) as Schema;
}

/** Every key that a schema describes, with its path. What is behind a `$ref` is met where it stands. */
function* keysOf(schema: unknown, path: string): Generator<[path: string, key: Schema]> {
  if (typeof schema !== "object" || schema === null) return;
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "properties") yield* keysIn(value as Schema, path);
    else if (keyword === "$defs" || keyword === "patternProperties") {
      for (const [name, definition] of Object.entries(value as Schema)) yield* keysOf(definition, name);
    } else if (["anyOf", "allOf"].includes(keyword)) {
      for (const branch of value as readonly unknown[]) yield* keysOf(branch, path);
    } else if (["additionalProperties", "items", "then", "else"].includes(keyword)) {
      yield* keysOf(value, path);
    }
  }
}

function* keysIn(properties: Schema, path: string): Generator<[path: string, key: Schema]> {
  for (const [name, key] of Object.entries(properties)) {
    // A key that is refused, or described elsewhere.
    if (typeof key === "boolean" || "$ref" in (key as Schema)) continue;
    yield [`${path}.${name}`, key as Schema];
    yield* keysOf(key, `${path}.${name}`);
  }
}

describe.each(names)("schemas/%s.schema.json", (name) => {
  const schema = read(name);
  const keys = [...keysOf(schema, "")];

  test("says what it is, and has an $id with its name and version", () => {
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: `urn:fusion-play:schema:${name}:1`,
      title: expect.stringMatching(/./) as string,
      description: expect.stringMatching(/./) as string,
    });
    expect(keys.length).toBeGreaterThan(5);
  });

  test("describes every key", () => {
    const undescribed = keys.filter(([, key]) => typeof key["description"] !== "string");
    expect(undescribed.map(([path]) => path)).toEqual([]);
  });

  test("has examples of every key whose values it does not list or describe in parts", () => {
    const without = keys.filter(([, key]) => !Array.isArray(key["examples"]) && !speaksForItself(key));
    expect(without.map(([path]) => path)).toEqual([]);
  });

  test("accepts its examples and defaults", () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false });
    addFormats.default(ajv);
    for (const [path, key] of keys) {
      const isValid = ajv.compile({ ...key, $defs: schema["$defs"] ?? {} });
      const values = [...((key["examples"] as unknown[] | undefined) ?? []), key["default"]];
      for (const value of values.filter((each) => each !== undefined)) {
        expect([path, value, isValid(value)]).toEqual([path, value, true]);
      }
    }
  });
});

test.each(INPUTS)(
  "schemas/%s.schema.json says of every key whether it must be there, or its default",
  (name) => {
    const silent = [...keysOf(read(name), "")].filter(
      ([, key]) => !/Required\.|Default: /.test(key["description"] as string),
    );
    expect(silent.map(([path]) => path)).toEqual([]);
  },
);

test("docs/editors.md lists every schema with its $id", () => {
  const rows = tableRows(readDocument("docs/editors.md")).map((cells) => cells.flatMap(inlineCode));
  const listed = names.map((name) => [`schemas/${name}.schema.json`, read(name)["$id"]]);
  expect(Object.fromEntries(rows.map((codes) => [codes[0], codes.at(-1)]))).toEqual(
    Object.fromEntries(listed),
  );
});

/** Whether the values are listed, or consist of keys of their own. */
function speaksForItself(key: Schema): boolean {
  const parts = [...keysOf(key, "")];
  return "enum" in key || "const" in key || key["type"] === "boolean" || parts.length > 0;
}
