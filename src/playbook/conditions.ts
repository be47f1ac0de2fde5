import type { DocumentNode } from "../documents/node.ts";
import { compileCondition } from "./expression.ts";
import { expressionPlace, report, type Reading } from "./playbook-source.ts";
import type { Expression, RequiredVariable } from "./playbook.ts";
import { collectRequired, noteRequired } from "./required-variables.ts";
import { textOf } from "./step-context.ts";

/** Reads `when` and the like: an expression, true or false, or a list of which all must hold. */
export function readConditions(
  reading: Reading,
  node: DocumentNode | undefined,
  known: readonly string[],
): Expression[] {
  if (node === undefined) return [];
  const nodes = node.kind === "sequence" ? node.items : [node];
  return nodes.flatMap((item) => readCondition(reading, item, known));
}

/** The conditions under which something is done, and the variables that they read for certain. */
export interface Condition {
  readonly when: readonly Expression[];
  readonly required: readonly RequiredVariable[];
}

/** What is done in any case. */
export const UNCONDITIONAL: Condition = { when: [], required: [] };

/** Reads `when`, and adds it to what holds around it. */
export function readWhen(
  reading: Reading,
  node: DocumentNode | undefined,
  { around, known }: { around: Condition; known: readonly string[] },
): Condition {
  const nodes = node === undefined ? [] : node.kind === "sequence" ? node.items : [node];
  const read = nodes.map((item) => collectRequired(reading, () => readCondition(reading, item, known)));
  const when = [...around.when, ...read.flatMap(([own]) => own)];
  // A condition that does not hold keeps those after it from being read.
  return { when, required: around.when.length > 0 ? around.required : (read[0]?.[1] ?? []) };
}

function readCondition(reading: Reading, node: DocumentNode, known: readonly string[]): Expression[] {
  if (node.kind !== "scalar") return [];
  if (typeof node.value === "boolean") {
    const { value } = node;
    const location = reading.source.locate(node);
    return [{ source: String(value), location, optional: [], evaluate: () => value }];
  }
  const text = textOf(node);
  if (text === undefined) return [];
  const compiled = compileCondition(text, known, expressionPlace(reading, node));
  if ("value" in compiled) {
    noteRequired(reading, node, compiled.required);
    return [compiled.value];
  }
  for (const problem of compiled.problems) report(reading, node, problem);
  return [];
}
