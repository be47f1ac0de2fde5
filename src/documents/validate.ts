import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import type { Problem } from "./document-error.ts";
import type { DocumentNode } from "./node.ts";
import { nodeToPlain } from "./node-to-plain.ts";
import { inOrder } from "./problem-at.ts";
import { rootCauses } from "./root-cause.ts";
import { schemaProblem } from "./schema-problem.ts";
import type { SourceFile } from "./source-file.ts";

/** A JSON Schema (draft 2020-12), ready to validate documents. */
export interface CompiledSchema {
  readonly validate: ValidateFunction;
}

/**
 * Compiles a schema once, for {@linkcode validate}. The `title` of a schema is a phrase that says what it
 * expects (`a duration such as "10s"`), and stands in the messages. The branches of a union must stand in it,
 * not behind a `$ref`: it is by their place in the schema that their errors are told apart.
 *
 * @param schema one of our own: it is not validated itself
 * @throws {Error} if it cannot be compiled, which is a bug
 */
export function compileSchema(schema: object): CompiledSchema {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    verbose: true,
    // To check our own schemas, as tests do, takes longer than to read a long playbook.
    validateSchema: false,
    meta: false,
  });
  return { validate: ajv.compile(schema) };
}

/**
 * Finds what in a document does not satisfy a schema, each mistake once and at its place.
 *
 * @param node a document, or the part of one that the schema describes
 */
export function validate(schema: CompiledSchema, node: DocumentNode, file: SourceFile): Problem[] {
  schema.validate(nodeToPlain(node));
  const errors: readonly ErrorObject[] = schema.validate.errors ?? [];
  const problems = rootCauses(errors).map((error) => schemaProblem(error, node, file));
  const seen = new Set<string>();
  return inOrder(problems).filter(({ line, column, message }) => {
    const mistake = `${line}:${column}:${message}`;
    return !seen.has(mistake) && seen.add(mistake);
  });
}
