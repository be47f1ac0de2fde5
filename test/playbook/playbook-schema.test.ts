import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { PLAYBOOK_SCHEMA } from "../../src/playbook/playbook-schema.ts";

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
const isPlaybook: ValidateFunction = ajv.compile(PLAYBOOK_SCHEMA);

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
}

/** Every key that the schema has, with its path. */
function* keysOf(schema: Schema, path: string): Generator<[path: string, key: Schema]> {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${name}`, property];
    yield* keysOf(property, `${path}.${name}`);
  }
  for (const branch of [...(schema.anyOf ?? []), ...(schema.allOf ?? [])]) yield* keysOf(branch, path);
  if (schema.items !== undefined) yield* keysOf(schema.items, `${path}[]`);
}

const definitions = (PLAYBOOK_SCHEMA as unknown as { $defs: Record<string, Schema> }).$defs;
const keys = Object.entries(definitions)
  // Its properties are those of the kinds.
  .filter(([name]) => name !== "step")
  .flatMap(([name, schema]) => [...keysOf(schema, name)]);

test("schemas/playbook.schema.json is what the source describes", async () => {
  await expect(`${JSON.stringify(PLAYBOOK_SCHEMA, null, 2)}\n`).toMatchFileSnapshot(
    "../../schemas/playbook.schema.json",
  );
});

describe("PLAYBOOK_SCHEMA", () => {
  test("knows the keys of the contract", () => {
    const names = new Set(keys.map(([path]) => path.split(".").at(-1)));
    for (const key of [
      "hosts",
      "steps",
      "serial",
      "push",
      "run",
      "eval",
      "assert",
      "until",
      "no_log",
      "match",
    ]) {
      expect(names).toContain(key);
    }
  });

  test.each(keys)(
    "documents %s with a description, what its absence means, and examples it accepts",
    (_path, key) => {
      expect(key.description).toMatch(/( Required| Default: .+)\.$/s);
      expect(key.examples?.length).toBeGreaterThan(0);
      const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile({
        ...key,
        $defs: definitions,
      });
      for (const example of key.examples ?? []) expect([example, validate(example)]).toEqual([example, true]);
      if ("default" in key) expect(validate(key.default)).toBe(true);
    },
  );

  test.each<[string, unknown]>([
    ["a play", { hosts: "all", steps: [{ run: "lists:seq(1, 3)", register: "r" }] }],
    ["a list of plays", [{ hosts: ["a", "b"], serial: [1, "25%"], steps: [] }]],
    [
      "every form of assert",
      { hosts: "all", steps: [{ assert: ["a", "b"] }, { assert: { match: { erlang: "ok" } } }] },
    ],
  ])("accepts %s", (_name, playbook) => {
    isPlaybook(playbook);
    expect(isPlaybook.errors).toBeNull();
  });

  test.each<[string, unknown]>([
    ["an unknown key", { hosts: "all", tasks: [], steps: [] }],
    ["a step of no kind", { hosts: "all", steps: [{ name: "x" }] }],
    ["a step of two kinds", { hosts: "all", steps: [{ run: "a:b()", push: "a" }] }],
    ["an empty list", []],
    ["text", "all"],
    ["a key of another kind", { hosts: "all", steps: [{ assert: "true", purge: "hard" }] }],
    ["inline code of no language", { hosts: "all", steps: [{ eval: { bindings: {} } }] }],
    ["inline code of two languages", { hosts: "all", steps: [{ eval: { elixir: "1", erlang: "1" } }] }],
    [
      "a pattern of two languages",
      { hosts: "all", steps: [{ assert: { match: { elixir: "_", erlang: "_" } } }] },
    ],
  ])("refuses %s", (_name, playbook) => {
    expect(isPlaybook(playbook)).toBe(false);
  });
});
