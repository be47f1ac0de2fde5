import { withoutContent } from "../documents/secret-name.ts";
import { FusionPlayError } from "../errors.ts";
import { compileCel, type CelProgram, type CelValue, type RequiredName } from "./cel.ts";
import type { CelProblem } from "./cel-error.ts";
import { celToData, dataToCel, revealOnRead } from "./cel-data.ts";
import type { Data } from "../etf/data.ts";
import { revealData } from "../etf/secret-data.ts";
import { Secret, secret } from "../secret.ts";
import { HIDE, type Expression, type Location, type Scope } from "./playbook.ts";

/** Where the text of an expression stands. */
export interface ExpressionPlace {
  /** The place of the character at `offset`. */
  locate(offset: number): Location;
  /** Whether it was encrypted, so that messages show the place alone. @default false */
  readonly isSecret?: boolean;
}

export type Compiled<T> =
  | { readonly value: T; readonly required: readonly RequiredName[] }
  | { readonly problems: readonly CelProblem[] };

/** An expression with what a template has to know of it. */
export interface CompiledExpression extends Expression {
  readonly path: CelProgram["path"];
}

/** Compiles a CEL expression that may use the names `known`. */
export function compileExpression(
  source: string,
  known: readonly string[],
  place: ExpressionPlace,
): Compiled<CompiledExpression> {
  const compiled = compileCel(source, known);
  if ("problems" in compiled) return compiled;
  const { program } = compiled;
  return { value: expressionOf(source, program, place), required: program.required };
}

/** Compiles an expression that must be true or false. */
export function compileCondition(
  source: string,
  known: readonly string[],
  place: ExpressionPlace,
): Compiled<Expression> {
  const compiled = compileCel(source, known);
  if ("problems" in compiled) return compiled;
  const { program } = compiled;
  if (program.type !== "bool" && program.type !== "dyn") {
    const message = `A condition must be true or false, but this is of type ${program.type}`;
    return { problems: [{ offset: 0, message, hint: "Compare it with something, such as == or >" }] };
  }
  const expression = expressionOf(source, program, place);
  return {
    value: {
      ...expression,
      evaluate(scope) {
        // Whether it holds tells less than the secrets that it reads.
        const value = revealData(expression.evaluate(scope));
        if (typeof value === "boolean") return value;
        throw evaluationError(source, notBoolean(value), place);
      },
    },
    required: program.required,
  };
}

function expressionOf(source: string, program: CelProgram, place: ExpressionPlace): CompiledExpression {
  const location = place.locate(0);
  return {
    source: place.isSecret === true ? `the expression at ${placeText(location)}` : source,
    location,
    path: program.path,
    optional: program.optional,
    evaluate(scope) {
      let isTold = false;
      const outcome = program.evaluate(
        valuesOf(program, scope, () => {
          isTold = true;
        }),
      );
      if ("value" in outcome) {
        const data = celToData(outcome.value);
        if (!isTold) return data;
        // One of its own words says which was chosen, and may stand in much else: it is not looked for there.
        return typeof data === "string" && source.includes(data)
          ? secret<Data>(data)
          : madeOfSecrets(data, scope);
      }
      const { problem } = outcome;
      throw evaluationError(
        source,
        isTold ? { ...problem, message: withoutContent(problem.message), hint: undefined } : problem,
        place,
      );
    },
  };
}

/** @param onReveal told when a secret is read */
function valuesOf({ names }: CelProgram, scope: Scope, onReveal: () => void): Record<string, CelValue> {
  const values: Record<string, CelValue> = {};
  for (const name of names) {
    const value = Object.hasOwn(scope, name) ? scope[name] : undefined;
    if (value instanceof Secret) revealOnRead(values, name, () => dataToCel(value, onReveal));
    else if (value !== undefined) values[name] = dataToCel(value, onReveal);
  }
  return values;
}

/** What is made of secrets is one, and hidden wherever it turns up. */
export function madeOfSecrets(data: Data, scope: Scope): Data {
  scope[HIDE]?.(revealData(data));
  return secret(data);
}

function notBoolean(value: Data): CelProblem {
  const hint = "Compare it with something, such as == or >";
  return { offset: 0, message: `it is ${describeData(value)}, and not true or false`, hint };
}

function describeData(value: Data): string {
  if (value === null) return "null";
  if (typeof value === "string") return "text";
  if (Array.isArray(value)) return "a list";
  return typeof value === "number" || typeof value === "bigint" ? "a number" : "a value";
}

/** Names the expression, the place in it, and what went wrong there. */
function evaluationError(
  source: string,
  { offset, message, hint }: CelProblem,
  { locate, isSecret = false }: ExpressionPlace,
): FusionPlayError {
  const heading = `Cannot evaluate the expression at ${placeText(locate(offset))}`;
  if (isSecret) {
    return new FusionPlayError(`${heading}: ${withoutContent(message)}`, { code: "EXPRESSION_FAILED" });
  }
  const start = source.lastIndexOf("\n", offset - 1) + 1;
  const line = source.slice(start).split("\n", 1)[0] ?? "";
  return new FusionPlayError(
    [`${heading}: ${message}`, `  ${line}`, `  ${" ".repeat(offset - start)}^`].join("\n"),
    { code: "EXPRESSION_FAILED", hint },
  );
}

function placeText({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}
