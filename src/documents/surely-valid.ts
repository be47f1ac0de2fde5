import { keyText } from "./key-text.ts";
import type { DocumentNode, MappingEntry, MappingNode, ScalarNode, SequenceNode } from "./node.ts";

/** The keywords that our schemas are made of. */
interface KnownSchema {
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly (object | boolean)[];
  readonly minLength?: number;
  readonly pattern?: string;
  readonly items?: object | boolean;
  readonly minItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, object | boolean>>;
  readonly patternProperties?: Readonly<Record<string, object | boolean>>;
  readonly additionalProperties?: object | boolean;
}

const KNOWN_KEYWORDS: ReadonlySet<string> = new Set<keyof KnownSchema>([
  "title",
  "description",
  "default",
  "examples",
  "type",
  "enum",
  "minimum",
  "maximum",
  "minLength",
  "pattern",
  "anyOf",
  "items",
  "minItems",
  "required",
  "properties",
  "patternProperties",
  "additionalProperties",
]);

/**
 * Whether a document satisfies a schema beyond doubt. A validator that knows all of JSON Schema takes longer to be
 * made than a long playbook to be read, and most playbooks are right.
 *
 * @returns false where it does not, and where this cannot be told: then the validator is to say
 */
export function isSurelyValid(schema: object | boolean, node: DocumentNode): boolean {
  if (typeof schema === "boolean") return schema;
  if (!Object.keys(schema).every((keyword) => KNOWN_KEYWORDS.has(keyword))) return false;
  const known: KnownSchema = schema;
  const { type, anyOf } = known;
  if (type !== undefined && ![type].flat().some((each) => isOfType(each, node))) return false;
  if (known.enum !== undefined && !(node.kind === "scalar" && known.enum.includes(node.value))) return false;
  if (anyOf !== undefined && !anyOf.some((branch) => isSurelyValid(branch, node))) return false;
  switch (node.kind) {
    case "scalar":
      return isInRange(known, node);
    case "sequence":
      return hasValidItems(known, node);
    case "mapping":
      return hasValidEntries(known, node);
  }
}

function isOfType(type: string, node: DocumentNode): boolean {
  if (type === "object") return node.kind === "mapping";
  if (type === "array") return node.kind === "sequence";
  if (node.kind !== "scalar") return false;
  const { value } = node;
  if (type === "integer") return Number.isInteger(value);
  if (type === "number") return Number.isFinite(value);
  return type === "null" ? value === null : typeof value === type;
}

function isInRange(
  { minimum = -Infinity, maximum = Infinity, minLength = 0, pattern = "" }: KnownSchema,
  { value }: ScalarNode,
): boolean {
  if (typeof value === "number") return value >= minimum && value <= maximum;
  if (typeof value !== "string") return typeof value !== "bigint";
  // JSON Schema counts characters, not halves of them.
  const isLong = minLength === 0 || Array.from(value).length >= minLength;
  return isLong && (pattern === "" || new RegExp(pattern, "u").test(value));
}

function hasValidItems({ items = true, minItems = 0 }: KnownSchema, node: SequenceNode): boolean {
  return node.items.length >= minItems && node.items.every((item) => isSurelyValid(items, item));
}

function hasValidEntries(schema: KnownSchema, { entries }: MappingNode): boolean {
  const { required = [] } = schema;
  return (
    required.every((key) => entries.some((entry) => keyText(entry.key) === key)) &&
    entries.every((entry) => isValidEntry(schema, entry))
  );
}

function isValidEntry(
  { properties = {}, patternProperties = {}, additionalProperties = true }: KnownSchema,
  { key, value }: MappingEntry,
): boolean {
  const name = keyText(key);
  const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
  const matching = Object.entries(patternProperties).filter(([pattern]) =>
    new RegExp(pattern, "u").test(name),
  );
  const schemas = [...(own === undefined ? [] : [own]), ...matching.map(([, schema]) => schema)];
  return (schemas.length === 0 ? [additionalProperties] : schemas).every((schema) =>
    isSurelyValid(schema, value),
  );
}
