import { describeNode } from "../documents/describe-node.ts";
import { valueOf } from "../documents/node-at.ts";
import type { DocumentNode, MappingNode } from "../documents/node.ts";
import { compileExpression } from "./expression.ts";
import { readDuration } from "./read-duration.ts";
import { ITEM_NAME, nameProblem } from "./names.ts";
import { numberOf } from "./numbers.ts";
import type { Loop, Template } from "./playbook.ts";
import { expressionPlace, report, type Reading } from "./playbook-source.ts";
import { collectRequired, noteRequired } from "./required-variables.ts";
import { textAt, textOf } from "./step-context.ts";
import { readTemplate } from "./template.ts";
import { isTemplate } from "./template-text.ts";

/** Reads `loop` and `loop_control` of a step; undefined of one that is done once. */
export function readLoop(reading: Reading, node: MappingNode, known: readonly string[]): Loop | undefined {
  const loop = valueOf(node, "loop");
  const control = valueOf(node, "loop_control");
  if (loop === undefined) {
    if (control !== undefined) {
      report(reading, control, { message: '"loop_control" needs "loop" beside it' });
    }
    return undefined;
  }
  const indexVar = control === undefined ? undefined : readIndexVar(reading, control);
  const label = control === undefined ? undefined : valueOf(control, "label");
  const read = {
    items: readItems(reading, loop, known),
    location: reading.source.locate(loop),
    label:
      label && collectRequired(reading, () => readTemplate(reading, label, namesInLoop(known, indexVar)))[0],
    indexVar,
    parallel: numberOf(control && valueOf(control, "parallel")) ?? 1,
    pauseMs: (control && readDuration(reading, control, { key: "pause", known })) ?? 0,
  };
  const pause = control && valueOf(control, "pause");
  if (read.parallel > 1 && pause !== undefined) {
    report(reading, pause, {
      message: '"pause" is between items that come one after another, and "parallel" has several at a time',
      hint: "Leave one of the two out",
    });
  }
  return read;
}

/** The names that a step with a loop may use. */
export function namesInLoop(known: readonly string[], indexVar: string | undefined): readonly string[] {
  return [...new Set([...known, ITEM_NAME, ...(indexVar === undefined ? [] : [indexVar])])];
}

/** A text is an expression, as there is no list in a text; anything else is a list or mapping as it stands. */
function readItems(reading: Reading, node: DocumentNode, known: readonly string[]): Template {
  const text = textOf(node);
  if (text === undefined || isTemplate(text) || text.trimStart().startsWith("{{")) {
    if (node.kind === "scalar" && text === undefined) {
      report(reading, node, {
        message: `"loop" expects a list, a mapping or an expression, got ${describeNode(node)}`,
        hint: "To do something several times, write loop: range(3)",
      });
    }
    return readTemplate(reading, node, known);
  }
  const compiled = compileExpression(text, known, expressionPlace(reading, node));
  if ("value" in compiled) {
    noteRequired(reading, node, compiled.required);
    return compiled.value;
  }
  for (const problem of compiled.problems) report(reading, node, problem);
  return { evaluate: () => [] };
}

function readIndexVar(reading: Reading, control: DocumentNode): string | undefined {
  const name = textAt(control, "index_var");
  const node = valueOf(control, "index_var");
  if (name === undefined || node === undefined) return undefined;
  const problem = nameProblem(name);
  if (problem !== undefined) report(reading, node, problem);
  return name;
}
