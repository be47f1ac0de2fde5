import { quote } from "./quote.ts";

/** The parts of a JSON Schema that messages are made of. */
export interface Schema {
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  null: "nothing",
};

/** Says which kinds of value a schema takes: its title, or `text or a list`. */
export function kindsOf(schema: Schema): string {
  return orList(kindWords(schema));
}

function kindWords(schema: Schema): readonly string[] {
  if (schema.title !== undefined) return [schema.title];
  if (schema.const !== undefined) return [writeValue(schema.const)];
  if (schema.enum !== undefined) return schema.enum.map(writeValue);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return branches.flatMap(kindWords);
  if (schema.type === undefined) return ["another value"];
  return [schema.type].flat().map((name) => TYPE_WORDS[name] ?? name);
}

function orList(words: readonly string[]): string {
  const unique = [...new Set(words)];
  const last = unique.pop() ?? "another value";
  return unique.length === 0 ? last : `${unique.join(", ")} or ${last}`;
}

/** Says which numbers a schema takes: `a whole number from 1 to 10`. */
export function numbersOf({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const noun = type === "integer" ? "a whole number" : "a number";
  if (minimum !== undefined && maximum !== undefined) return `${noun} from ${minimum} to ${maximum}`;
  const bounds: string[] = [];
  if (minimum !== undefined) bounds.push(`of at least ${minimum}`);
  if (exclusiveMinimum !== undefined) bounds.push(`greater than ${exclusiveMinimum}`);
  if (maximum !== undefined) bounds.push(`of at most ${maximum}`);
  if (exclusiveMaximum !== undefined) bounds.push(`less than ${exclusiveMaximum}`);
  return `${noun} ${bounds.join(" and ")}`;
}

/** The keys that a schema of a mapping knows. */
export function keysOf(schema: Schema): string[] {
  return [...Object.keys(schema.properties ?? {}), ...(schema.allOf ?? []).flatMap(keysOf)];
}

/** Writes a value that a schema names. */
export function writeValue(value: unknown): string {
  return typeof value === "string" ? quote(value) : JSON.stringify(value);
}
