import type { DocumentNode } from "../documents/node.ts";
import { valueOf } from "../documents/node-at.ts";
import { evaluatedBeforeRun, type BeforeRun } from "./before-run.ts";
import { dataText } from "./data-text.ts";
import { report, type Reading } from "./playbook-source.ts";
import { textAt } from "./step-context.ts";
import { isTemplate } from "./template-text.ts";

/** Reads the name of a step. */
export function readName(reading: Reading, node: DocumentNode): string | undefined {
  const name = valueOf(node, "name");
  const text = textAt(node, "name");
  if (name === undefined || text === undefined) return undefined;
  if (isTemplate(text)) {
    report(reading, name, {
      message: '"name" cannot hold ${{ … }}: it is shown before any value is known',
      hint: "Write a name that fits every host",
    });
  }
  return text.trim() === "" ? undefined : text;
}

/** Reads the name of a play: as it is written where something in it is not known before the run. */
export function readPlayName(reading: Reading, node: DocumentNode, beforeRun: BeforeRun): string | undefined {
  const name = valueOf(node, "name");
  const text = textAt(node, "name");
  if (name === undefined || text === undefined) return undefined;
  const data = isTemplate(text) ? evaluatedBeforeRun(reading, name, beforeRun) : text;
  const given = data === undefined ? text : dataText(data);
  return given.trim() === "" ? undefined : given;
}
