// oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema
import { Type, type TSchema } from "typebox";
import { BLOCK_SECTIONS } from "./block-sections.ts";
import { editorSchema, type JsonSchema } from "./editor-schema.ts";
import { IMPORT_SCHEMA, LISTEN_SCHEMA, PLAY_SCHEMA } from "./play-schema.ts";
import { STEP_KINDS, STEP_SCHEMAS } from "./step-schema.ts";

const refTo = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });

/**
 * Chooses a schema by the one of several keys that is there. Where none is, the keys stand in the message of
 * an editor as the name of the key that is missing.
 *
 * @param offered all keys that the mapping may have, for completion
 */
function byKey(schemas: Readonly<Record<string, JsonSchema>>, offered: JsonSchema): JsonSchema {
  const keys = Object.keys(schemas);
  const missing = `${keys.slice(0, -1).join(", ")} or ${keys.at(-1) ?? ""}`;
  const ofNone: JsonSchema = {
    properties: { ...offered, [missing]: false },
    required: [missing],
    additionalProperties: false,
  };
  return keys.reduceRight<JsonSchema>(
    (otherwise, key) => ({
      // While nothing is written, editors see null, of which no key is required.
      if: { type: "object", properties: { [key]: true }, required: [key] },
      then: schemas[key] ?? {},
      else: otherwise,
    }),
    ofNone,
  );
}

/** Schema of a step: that of its kind. */
function stepSchema(): JsonSchema {
  const schemas = Object.fromEntries(STEP_KINDS.map((kind) => [kind, refTo(kind)]));
  return { type: "object", title: "a step", ...byKey(schemas, keysOfSteps()) };
}

/** Schema of a handler: that of a step of its kind, with a name and what it listens to. */
function handlerSchema(): JsonSchema {
  const listen = { listen: propertiesOf(LISTEN_SCHEMA)["listen"] };
  const schemas = STEP_KINDS.map((kind) => {
    const keys = Object.keys(propertiesOf(STEP_SCHEMAS[kind]));
    const properties = Object.fromEntries(keys.map((key) => [key, refTo(`${kind}/properties/${key}`)]));
    const schema = {
      type: "object",
      properties: { ...properties, ...listen },
      required: ["name"],
      additionalProperties: false,
    };
    return [kind, schema] as const;
  });
  const offered = { ...keysOfSteps(), ...listen } as JsonSchema;
  return { type: "object", title: "a handler", ...byKey(Object.fromEntries(schemas), offered) };
}

function keysOfSteps(): JsonSchema {
  const keys = STEP_KINDS.flatMap((kind) =>
    Object.keys(propertiesOf(STEP_SCHEMAS[kind])).map((key) => [key, refTo(`${kind}/properties/${key}`)]),
  );
  return Object.fromEntries(keys) as JsonSchema;
}

function playSchema(): JsonSchema {
  const properties = propertiesOf(PLAY_SCHEMA);
  const steps = { ...properties["steps"], items: refTo("step") };
  const handlers = { ...properties["handlers"], items: refTo("handler") };
  return { ...PLAY_SCHEMA, title: "a play", properties: { ...properties, steps, handlers } };
}

function blockSchema(): JsonSchema {
  const properties = propertiesOf(STEP_SCHEMAS.block);
  const sections = BLOCK_SECTIONS.map((key) => [key, { ...properties[key], items: refTo("step") }]);
  return { ...STEP_SCHEMAS.block, properties: { ...properties, ...Object.fromEntries(sections) } };
}

function evalSchema(): JsonSchema {
  const properties = propertiesOf(STEP_SCHEMAS.eval);
  const code = properties["eval"] as JsonSchema;
  const oneLanguage = byKey({ elixir: { properties: { erlang: false } }, erlang: {} }, { bindings: true });
  return { ...STEP_SCHEMAS.eval, properties: { ...properties, eval: { ...code, ...oneLanguage } } };
}

function propertiesOf(schema: TSchema): Readonly<Record<string, JsonSchema>> {
  return (schema as unknown as { properties: Readonly<Record<string, JsonSchema>> }).properties;
}

/** Schema of a YAML playbook for editors: a play, or a list of plays. */
export const PLAYBOOK_SCHEMA: TSchema = Type.Unsafe({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fusion-play:schema:playbook:1",
  title: "Playbook of fusion-play",
  description: "A play, or a list of plays.",
  type: ["object", "array"],
  if: { type: "array" },
  then: {
    items: {
      if: { type: "object", properties: { import_playbook: true }, required: ["import_playbook"] },
      then: refTo("import"),
      else: refTo("play"),
    },
    minItems: 1,
  },
  else: { if: { type: "object" }, then: refTo("play") },
  ...editorSchema({
    $defs: {
      import: { ...IMPORT_SCHEMA, title: "an import" } as unknown as JsonSchema,
      play: playSchema(),
      step: stepSchema(),
      handler: handlerSchema(),
      ...STEP_SCHEMAS,
      eval: evalSchema(),
      block: blockSchema(),
    },
  }),
});
