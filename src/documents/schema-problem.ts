import type { ErrorObject } from "ajv";
import { describeNode } from "./describe-node.ts";
import type { Problem } from "./document-error.ts";
import type { DocumentNode } from "./node.ts";
import { entryOf, nodeAt, segmentsOf } from "./node-at.ts";
import { problemAt } from "./problem-at.ts";
import { quote } from "./quote.ts";
import { unknownKeyOf } from "./root-cause.ts";
import { subjectOf } from "./schema-subject.ts";
import { keysOf, kindsOf, numbersOf, type Schema, writeValue } from "./schema-words.ts";
import { isSecretName } from "./secret-name.ts";
import type { SourceFile } from "./source-file.ts";
import { didYouMean } from "./suggestion.ts";

/** Says in the words of a playbook what a validator found, at its place in the file. */
export function schemaProblem(error: ErrorObject, root: DocumentNode, file: SourceFile): Problem {
  const node = nodeAt(root, error.instancePath) ?? root;
  const key = keyAtFault(error);
  if (key !== undefined) {
    const { message, hint } = keyMessage(error, key);
    return problemAt(file, entryOf(node, key)?.key ?? node, message, hint);
  }
  const subject = subjectOf(root, error.instancePath);
  return problemAt(file, node, valueMessage(error, subject, node), suggestion(error, node));
}

/** The key that an error is about, if it is not about a value. */
function keyAtFault(error: ErrorObject): string | undefined {
  if (error.keyword === "dependentRequired") return (error.params as { property: string }).property;
  return unknownKeyOf(error) ?? error.propertyName;
}

function keyMessage(error: ErrorObject, key: string): { message: string; hint?: string | undefined } {
  const schema = (error.parentSchema ?? {}) as Schema;
  if (error.keyword === "dependentRequired") {
    const { missingProperty } = error.params as { missingProperty: string };
    return { message: `${quote(key)} needs ${quote(missingProperty)} beside it` };
  }
  if (unknownKeyOf(error) !== undefined) {
    const keys = keysOf(schema);
    const known = keys.length > 0 ? `Known keys: ${keys.join(", ")}` : undefined;
    return { message: `Unknown key ${quote(key)}`, hint: didYouMean(key, keys) ?? known };
  }
  const expected =
    schema.title ?? (schema.pattern === undefined ? "allowed" : `text that matches ${schema.pattern}`);
  return { message: `The key ${quote(key)} is not ${expected}` };
}

function valueMessage(error: ErrorObject, subject: string, node: DocumentNode): string {
  const schema = (error.parentSchema ?? {}) as Schema;
  if (error.keyword === "required") {
    return `Missing key ${quote((error.params as { missingProperty: string }).missingProperty)}`;
  }
  const state = STATES[error.keyword];
  if (state !== undefined) return `${subject} ${state((error.params as { limit: number }).limit)}`;
  const expected = EXPECTATIONS[error.keyword];
  if (expected === undefined && schema.title === undefined)
    return `${subject} ${error.message ?? "is not valid"}`;
  const got = isSecretName(segmentsOf(error.instancePath).at(-1) ?? "") ? "" : `, got ${describeNode(node)}`;
  return `${subject} expects ${schema.title ?? expected?.(schema, error)}${got}`;
}

/** What is wrong with a list or mapping whose kind is right. */
const STATES: Readonly<Record<string, (limit: number) => string>> = {
  minItems: (limit) => `needs at least ${count(limit, "item")}`,
  maxItems: (limit) => `has more than ${count(limit, "item")}`,
  uniqueItems: () => "has the same item twice",
  minProperties: (limit) => `needs at least ${count(limit, "key")}`,
  maxProperties: (limit) => `has more than ${count(limit, "key")}`,
  "false schema": () => "cannot stand here",
};

/** What was expected of a value, where its schema has no title that says it. */
const EXPECTATIONS: Readonly<Record<string, (schema: Schema, error: ErrorObject) => string>> = {
  type: kindsOf,
  anyOf: kindsOf,
  oneOf: kindsOf,
  const: kindsOf,
  enum: ({ enum: values = [] }) =>
    `${values.length > 1 ? "one of " : ""}${values.map(writeValue).join(", ")}`,
  minimum: numbersOf,
  maximum: numbersOf,
  exclusiveMinimum: numbersOf,
  exclusiveMaximum: numbersOf,
  multipleOf: (_schema, { params }) => `a multiple of ${(params as { multipleOf: number }).multipleOf}`,
  minLength: (_schema, { params }) => {
    const { limit } = params as { limit: number };
    return limit === 1 ? "text" : `text of at least ${limit} characters`;
  },
  maxLength: (_schema, { params }) =>
    `text of at most ${count((params as { limit: number }).limit, "character")}`,
  pattern: ({ pattern }) => `text that matches ${pattern}`,
};

/** Words that Ansible takes for true and false, and that are text in YAML 1.2. */
const BOOLEANS: Readonly<Record<string, boolean>> = { yes: true, on: true, no: false, off: false };

function suggestion({ keyword, params, parentSchema }: ErrorObject, node: DocumentNode): string | undefined {
  if (node.kind !== "scalar" || typeof node.value !== "string") return undefined;
  const word = node.value.toLowerCase();
  const { type, anyOf = [] } = (parentSchema ?? {}) as Schema;
  const takesBoolean = [{ type }, ...anyOf].some((branch) => branch.type === "boolean");
  if (takesBoolean && Object.hasOwn(BOOLEANS, word)) {
    return `Write ${BOOLEANS[word]}`;
  }
  if (keyword !== "enum") return undefined;
  const { allowedValues } = params as { allowedValues: readonly unknown[] };
  return didYouMean(
    node.value,
    allowedValues.filter((value) => typeof value === "string"),
  );
}

function count(limit: number, noun: string): string {
  return limit === 1 ? `one ${noun}` : `${limit} ${noun}s`;
}
