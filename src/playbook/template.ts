import { applyTag } from "../documents/term-tag.ts";
import { FusionPlayError } from "../errors.ts";
import { keyText } from "../documents/key-text.ts";
import type { DocumentNode } from "../documents/node.ts";
import { dataAt, type Data } from "../etf/data.ts";
import type { PlaceholderSyntax } from "../etf/syntax.ts";
import { TermSyntaxError } from "../etf/term-syntax-error.ts";
import { compileExpression, madeOfSecrets, type CompiledExpression } from "./expression.ts";
import { expressionPlace, report, type Reading } from "./playbook-source.ts";
import { SECRET_TAG } from "../secrets/ansible-tags.ts";
import { holdsSecret, revealData, shownData } from "../etf/secret-data.ts";
import { Secret, secret } from "../secret.ts";
import type { Scope, Template, VariableTemplate } from "./playbook.ts";
import { collectRequired, noteRequired } from "./required-variables.ts";
import { dataText } from "./data-text.ts";
import { isTemplate, splitTemplate } from "./template-text.ts";

/** Reads a value of a playbook in whose strings `${{ … }}` may stand. */
export function readTemplate(reading: Reading, node: DocumentNode, known: readonly string[]): Template {
  // Also of a template: this finds the mistakes in its tags.
  const constant = reading.source.data(node, reading.problems);
  return hasTemplate(node) ? readPart(reading, node, known) : { evaluate: () => constant };
}

/** Reads the values of a mapping as templates, in their order. Those of an encrypted file are secrets. */
export function readTemplates(
  reading: Reading,
  node: DocumentNode | undefined,
  known: readonly string[],
): Record<string, Template> {
  if (node?.kind !== "mapping") return {};
  return Object.fromEntries(
    node.entries.map(({ key, value }) => [keyText(key), readValue(reading, value, known)]),
  );
}

function readValue(reading: Reading, node: DocumentNode, known: readonly string[]): Template {
  const template = readTemplate(reading, node, known);
  if (reading.source.text.isSecret !== true) return template;
  return { evaluate: (scope) => secret(template.evaluate(scope)) };
}

/** Reads the values of a mapping of variables as templates, in their order. */
export function readVariableTemplates(
  reading: Reading,
  node: DocumentNode | undefined,
  known: readonly string[],
): Record<string, VariableTemplate> {
  if (node?.kind !== "mapping") return {};
  return Object.fromEntries(
    node.entries.map(({ key, value }) => {
      const [template, required] = collectRequired(reading, () => readValue(reading, value, known));
      const name = keyText(key);
      const readByIt = required.map((variable) => ({ ...variable, readBy: name }));
      return [name, { ...template, required: readByIt, location: reading.source.locate(key) }];
    }),
  );
}

/**
 * Compiles a `${{ … }}`. A plain path such as `health.items[0]` gives what it names as it is: CEL
 * would turn a term into a plain value.
 */
export function compilePlaceholder(
  reading: Reading,
  node: DocumentNode,
  { placeholder, known }: { placeholder: PlaceholderSyntax; known: readonly string[] },
): Template {
  const { source, offset } = placeholder;
  const compiled = compileExpression(source, known, expressionPlace(reading, node, offset));
  if ("value" in compiled) {
    noteRequired(reading, node, compiled.required, offset);
    return { evaluate: (scope) => evaluatePath(compiled.value, scope) };
  }
  for (const problem of compiled.problems) {
    report(reading, node, { ...problem, offset: offset + problem.offset });
  }
  return { evaluate: () => null };
}

function evaluatePath(expression: CompiledExpression, scope: Scope): Data {
  const [name, ...keys] = expression.path ?? [];
  if (name !== undefined && Object.hasOwn(scope, name)) {
    const found = dataAt(scope[name] ?? null, keys);
    if (found !== undefined) return found;
  }
  // CEL says what is wrong with the path.
  return expression.evaluate(scope);
}

/** Whether there is anything to evaluate, or to refuse, in a value. */
export function hasTemplate(node: DocumentNode): boolean {
  if (node.kind === "scalar") return typeof node.value === "string" && isTemplate(node.value);
  if (node.kind === "sequence") return node.items.some(hasTemplate);
  return node.entries.some(({ value }) => hasTemplate(value));
}

function readPart(reading: Reading, node: DocumentNode, known: readonly string[]): Template {
  if (!hasTemplate(node)) {
    const constant = reading.source.data(node, []);
    return { evaluate: () => constant };
  }
  const untagged = readUntagged(reading, node, known);
  const { tag } = node;
  if (tag === undefined) return untagged;
  if (tag === SECRET_TAG) return { evaluate: (scope) => madeOfSecrets(untagged.evaluate(scope), scope) };
  return { evaluate: (scope) => withTag(tag, untagged.evaluate(scope)) };
}

function readUntagged(reading: Reading, node: DocumentNode, known: readonly string[]): Template {
  if (node.kind === "scalar") return readText(reading, node, known);
  if (node.kind === "sequence") {
    const items = node.items.map((item) => readPart(reading, item, known));
    return { evaluate: (scope) => items.map((item) => item.evaluate(scope)) };
  }
  const entries = node.entries.map(
    ({ key, value }) => [keyText(key), readPart(reading, value, known)] as const,
  );
  return {
    evaluate: (scope) => Object.fromEntries(entries.map(([key, value]) => [key, value.evaluate(scope)])),
  };
}

function withTag(tag: string, data: Data): Data {
  const result = applyTag(tag, data);
  if ("data" in result) return result.data;
  throw new FusionPlayError(`Cannot make a term: ${result.problem}`, {
    code: "EXPRESSION_FAILED",
    hint: result.hint,
  });
}

/** The parts of a text become one text, but a lone `${{ … }}` keeps the type of what it names. */
function readText(reading: Reading, node: DocumentNode, known: readonly string[]): Template {
  const text = node.kind === "scalar" ? String(node.value) : "";
  const parts = split(reading, node, text).map((part) =>
    typeof part === "string" ? part : compilePlaceholder(reading, node, { placeholder: part, known }),
  );
  const [first] = parts;
  if (parts.length === 1 && typeof first === "object") return first;
  return {
    evaluate: (scope) =>
      joined(parts.map((part) => (typeof part === "string" ? part : part.evaluate(scope)))),
  };
}

/** A text with a secret in it is one, and shown without it. */
function joined(parts: readonly Data[]): Data {
  const text = parts.map((part) => dataText(revealData(part))).join("");
  if (!parts.some(holdsSecret)) return text;
  return new Secret<Data>(text, parts.map((part) => dataText(shownData(part))).join(""));
}

function split(reading: Reading, node: DocumentNode, text: string): (string | PlaceholderSyntax)[] {
  try {
    return splitTemplate(text);
  } catch (error) {
    if (!(error instanceof TermSyntaxError)) throw error;
    report(reading, node, error);
    return [text];
  }
}
