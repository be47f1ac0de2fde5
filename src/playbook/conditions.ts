import type { DocumentNode } from "../documents/node.ts";
import { compileCondition } from "./expression.ts";
import { report, type Reading } from "./playbook-source.ts";
import type { Expression } from "./playbook.ts";
import { noteRequired } from "./required-variables.ts";
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

function readCondition(reading: Reading, node: DocumentNode, known: readonly string[]): Expression[] {
  if (node.kind !== "scalar") return [];
  if (typeof node.value === "boolean") {
    const { value } = node;
    return [{ source: String(value), location: reading.source.locate(node), evaluate: () => value }];
  }
  const text = textOf(node);
  if (text === undefined) return [];
  const compiled = compileCondition(text, known, (offset) => reading.source.locate(node, offset));
  if ("value" in compiled) {
    noteRequired(reading, node, compiled.required);
    return [compiled.value];
  }
  for (const problem of compiled.problems) report(reading, node, problem);
  return [];
}
