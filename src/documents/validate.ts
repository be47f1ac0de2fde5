import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import type { Problem } from "./document-error.ts";
import type { DocumentNode } from "./node.ts";
import { nodeToPlain } from "./node-to-plain.ts";
import { inOrder } from "./problem-at.ts";
import { rootCauses } from "./root-cause.ts";
import { schemaProblem } from "./schema-problem.ts";
import { loadAjv } from "./seldom-used.ts";
import type { SourceFile } from "./source-file.ts";
import { isSurelyValid } from "./surely-valid.ts";

/** A JSON Schema (draft 2020-12), ready to validate documents. */
export interface CompiledSchema {
  readonly schema: object;
  /** Makes the validator when it is asked for first: documents without mistakes do without it. */
  readonly validator: () => ValidateFunction;
}

/**
 * Prepares a schema once, for {@linkcode validate}. The `title` of a schema is a phrase that says what it
 * expects (`a duration such as "10s"`), and stands in the messages. The branches of a union must stand in it,
 * not behind a `$ref`: it is by their place in the schema that their errors are told apart.
 *
 * @param schema one of our own: it is not validated itself
 */
export function compileSchema(schema: object): CompiledSchema {
  let compiled: ValidateFunction | undefined;
  return { schema, validator: () => (compiled ??= makeValidator(schema)) };
}

function makeValidator(schema: object): ValidateFunction {
  const { Ajv2020 } = loadAjv();
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    verbose: true,
    // To check our own schemas, as tests do, takes longer than to read a long playbook.
    validateSchema: false,
    meta: false,
  });
  return ajv.compile(schema);
}

/**
 * Finds what in a document does not satisfy a schema, each mistake once and at its place.
 *
 * @param node a document, or the part of one that the schema describes
 */
export function validate(
  { schema, validator }: CompiledSchema,
  node: DocumentNode,
  file: SourceFile,
): Problem[] {
  if (isSurelyValid(schema, node)) return [];
  const isValid = validator();
  isValid(nodeToPlain(node));
  const errors: readonly ErrorObject[] = isValid.errors ?? [];
  const problems = rootCauses(errors).map((error) => schemaProblem(error, node, file));
  const seen = new Set<string>();
  return inOrder(problems).filter(({ line, column, message }) => {
    const mistake = `${line}:${column}:${message}`;
    return !seen.has(mistake) && seen.add(mistake);
  });
}
