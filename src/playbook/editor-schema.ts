// oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema
/** A JSON Schema as it stands in a file. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Keywords whose values are schemas by name, lists of schemas, and schemas. */
const BY_NAME: ReadonlySet<string> = new Set(["$defs", "properties", "patternProperties"]);
const LISTS: ReadonlySet<string> = new Set(["allOf", "anyOf", "oneOf"]);
const SINGLE: ReadonlySet<string> = new Set(["additionalProperties", "else", "if", "items", "not", "then"]);

/** Keywords that say nothing about values. */
const ANNOTATIONS: ReadonlySet<string> = new Set(["title", "description", "default", "examples"]);
const TYPE: ReadonlySet<string> = new Set(["type"]);

/**
 * Rewrites a schema so that it accepts the same, and editors can say what is wrong. Of a union they show the
 * mistakes of the branch that they take for the best one, and often it is another one that was meant. Branches
 * of different types become one schema that has them all; mappings with one key each become one mapping.
 */
export function editorSchema(schema: JsonSchema): JsonSchema {
  const rewritten = Object.entries(schema).map(([keyword, value]) => [keyword, rewrite(keyword, value)]);
  return withoutUnion(Object.fromEntries(rewritten) as JsonSchema);
}

function rewrite(keyword: string, value: unknown): unknown {
  if (LISTS.has(keyword)) return (value as readonly unknown[]).map(rewriteSchema);
  if (SINGLE.has(keyword)) return rewriteSchema(value);
  if (!BY_NAME.has(keyword) || !isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, rewriteSchema(schema)]));
}

/** `true` and `false` are schemas, too. */
function rewriteSchema(schema: unknown): unknown {
  return isMapping(schema) ? editorSchema(schema) : schema;
}

function withoutUnion(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  if (anyOf === undefined || "type" in rest || "allOf" in rest) return schema;
  const branches = joinMappings(
    (anyOf as readonly JsonSchema[]).map((branch) => without(branch, ANNOTATIONS)),
  );
  const types = branches.flatMap(({ type }) => type ?? ["any"]);
  if (types.includes("any") || !areDistinct(types)) return schema;
  // Below `allOf`, as editors write what they insert in the form of the keywords beside the type.
  const allOf = branches
    .map((branch) => without(withoutPattern(branch, types), TYPE))
    .filter((branch) => Object.keys(branch).length > 0);
  return { ...rest, type: types, ...(allOf.length > 0 ? { allOf } : {}) };
}

/**
 * Rewrites a pattern, which is all that editors would tell of: a text that does not match it is told to be of the
 * wrong type, as another branch was meant most likely.
 */
function withoutPattern(branch: JsonSchema, types: readonly unknown[]): JsonSchema {
  const { type, pattern, ...rest } = branch;
  const others = types.filter((other) => other !== type);
  if (pattern === undefined || others.length !== 1) return branch;
  return { type, ...rest, if: { type, not: { pattern } }, then: { type: others[0] } };
}

/** Makes one branch of those that are mappings with a single key, if no other branch is a mapping. */
function joinMappings(branches: readonly JsonSchema[]): readonly JsonSchema[] {
  const mappings = branches.filter(({ type }) => type === "object");
  const keys = mappings.flatMap((branch) => singleKey(branch) ?? []);
  if (mappings.length < 2 || keys.length < mappings.length || !areDistinct(keys)) return branches;
  const joined = {
    type: "object",
    properties: Object.assign({}, ...mappings.map(({ properties }) => properties)) as unknown,
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  };
  return [...branches.filter((branch) => !mappings.includes(branch)), joined];
}

/** The key of a mapping that has this one and no other. */
function singleKey({ properties, required, additionalProperties }: JsonSchema): string | undefined {
  if (additionalProperties !== false || !isMapping(properties) || !Array.isArray(required)) return undefined;
  const [key, ...others] = Object.keys(properties);
  return others.length === 0 && required.includes(key) ? key : undefined;
}

function without(schema: JsonSchema, keywords: ReadonlySet<string>): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keywords.has(keyword)));
}

function areDistinct(names: readonly unknown[]): boolean {
  return new Set(names).size === names.length;
}

function isMapping(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
