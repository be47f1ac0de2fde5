import type { DocumentNode } from "../documents/node.ts";
import { nodeAt, valueOf } from "../documents/node-at.ts";
import { nodeToPlain } from "../documents/node-to-plain.ts";
import { TermSyntaxError } from "../etf/term-syntax-error.ts";
import { readConditions } from "./conditions.ts";
import { defaultName } from "./default-name.ts";
import { compileJsonSchema } from "./json-schema.ts";
import { compilePattern, compilePatternOfEither, type CompiledPattern } from "./pattern.ts";
import type { AssertStep, SchemaCheck, Template } from "./playbook.ts";
import { report } from "./playbook-source.ts";
import { hidesContent, readStepCommon } from "./step-common.ts";
import { collectRequired } from "./required-variables.ts";
import { textOf, type StepContext } from "./step-context.ts";
import { readTemplate } from "./template.ts";

/** Reads a step of the kind `assert`: expressions alone, or the long form. */
export function readAssertStep(context: StepContext): AssertStep {
  const { node, reading, before } = context;
  const { known } = before;
  const assertion = valueOf(node, "assert") ?? node;
  if (assertion.kind !== "mapping") {
    const that = readConditions(reading, assertion, known);
    const name = defaultName("assert", hidesContent(context) ? "" : (that[0]?.source ?? ""));
    return { ...readStepCommon(context, name), kind: "assert", that, ...NO_CHECK };
  }
  const match = readMatch(context, valueOf(assertion, "match"));
  const bound = [...known, ...(match?.variables ?? [])];
  const that = readConditions(reading, valueOf(assertion, "that"), bound);
  const template = (key: string, names: readonly string[]): Template | undefined => {
    const value = valueOf(assertion, key);
    return value === undefined ? undefined : readTemplate(reading, value, names);
  };
  const step = {
    that,
    value: template("value", known),
    equals: template("equals", known),
    match,
    schema: readSchema(context, valueOf(assertion, "schema")),
    // It is read only where the assertion fails.
    message: collectRequired(reading, () => template("message", bound))[0],
  };
  checkForm(context, assertion);
  return {
    ...readStepCommon(context, hidesContent(context) ? "assert" : nameOf(assertion, step)),
    kind: "assert",
    ...step,
  };
}

const NO_CHECK = {
  value: undefined,
  equals: undefined,
  match: undefined,
  schema: undefined,
  message: undefined,
};

/** What of an assertion looks at its value. */
const VALUE_CHECKS = ["equals", "match", "schema"] as const;

function checkForm({ reading, before }: StepContext, assertion: DocumentNode): void {
  const checks = VALUE_CHECKS.filter((key) => valueOf(assertion, key) !== undefined);
  const value = valueOf(assertion, "value");
  if (checks.length === 0 && value !== undefined) {
    report(reading, value, { message: '"value" needs "equals", "match" or "schema" beside it' });
  } else if (checks.length === 0 && valueOf(assertion, "that") === undefined) {
    report(reading, assertion, { message: '"assert" needs "that", "equals", "match" or "schema"' });
  }
  const [first] = checks;
  if (value === undefined && first !== undefined && before.isFirst) {
    report(reading, valueOf(assertion, first) ?? assertion, {
      message: `"${first}" looks at the result of the step before, and there is none`,
      hint: "Add value: to say what to look at",
    });
  }
}

function readMatch(
  { reading, before }: StepContext,
  node: DocumentNode | undefined,
): CompiledPattern | undefined {
  if (node === undefined) return undefined;
  const forced = (["elixir", "erlang"] as const).find((language) => valueOf(node, language) !== undefined);
  const textNode = forced === undefined ? node : (valueOf(node, forced) ?? node);
  const text = textOf(textNode);
  if (text === undefined) return undefined;
  try {
    return forced === undefined
      ? compilePatternOfEither(text, before.language ?? "elixir")
      : compilePattern(text, forced);
  } catch (error) {
    if (!(error instanceof TermSyntaxError)) throw error;
    report(reading, textNode, error);
    return undefined;
  }
}

function readSchema({ reading }: StepContext, node: DocumentNode | undefined): SchemaCheck | undefined {
  if (node === undefined) return undefined;
  const schema = nodeToPlain(node);
  if (typeof schema !== "object" && typeof schema !== "boolean") return undefined;
  if (schema === null || Array.isArray(schema)) return undefined;
  const compiled = compileJsonSchema(schema);
  if ("check" in compiled) return compiled.check;
  for (const { pointer, message, ...hint } of compiled.mistakes) {
    report(reading, nodeAt(node, pointer) ?? node, { message: `Invalid JSON Schema: ${message}`, ...hint });
  }
  return undefined;
}

function nameOf(assertion: DocumentNode, { that, match }: Pick<AssertStep, "that" | "match">): string {
  if (that[0] !== undefined) return defaultName("assert", that[0].source);
  if (match !== undefined) return defaultName("assert match", match.source);
  const check = VALUE_CHECKS.find((key) => valueOf(assertion, key) !== undefined) ?? "";
  const value = valueOf(assertion, check);
  return defaultName("assert", value?.kind === "scalar" ? `${check} ${value.source}` : check);
}
