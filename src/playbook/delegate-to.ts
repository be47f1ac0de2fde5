import type { DocumentNode } from "../documents/node.ts";
import { valueOf } from "../documents/node-at.ts";
import { revealData } from "../etf/secret-data.ts";
import { dataText } from "./data-text.ts";
import type { Delegate } from "./playbook.ts";
import { report, type Reading } from "./playbook-source.ts";
import { shownPlace } from "./required-variables.ts";
import { textOf } from "./step-context.ts";
import { readTemplate } from "./template.ts";
import { isTemplate } from "./template-text.ts";

/** Reads the host that a step or block is delegated to. */
export function readDelegate(
  reading: Reading,
  node: DocumentNode,
  known: readonly string[],
): Delegate | undefined {
  const value = valueOf(node, "delegate_to");
  const text = value === undefined ? undefined : textOf(value);
  // The schema says what is no text.
  if (value === undefined || text === undefined) return undefined;
  if (text.trim() === "") report(reading, value, { message: '"delegate_to" is empty' });
  const template = readTemplate(reading, value, known);
  return {
    name: isTemplate(text) ? undefined : text,
    source: text,
    evaluate: (scope) => dataText(revealData(template.evaluate(scope))),
    ...shownPlace(reading.source, value),
  };
}
