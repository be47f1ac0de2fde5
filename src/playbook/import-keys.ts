import { valueOf } from "../documents/node-at.ts";
import type { DocumentNode } from "../documents/node.ts";
import { readWhen, UNCONDITIONAL, type Condition } from "./conditions.ts";
import { PLAY_NAMES } from "./names.ts";
import type { VariableTemplate } from "./playbook.ts";
import type { Reading } from "./playbook-source.ts";
import { readTags } from "./read-tags.ts";
import { readVariableTemplates } from "./template.ts";

/** What stands beside `import_playbook`, and beside the imports around it, for the plays that are imported. */
export interface ImportKeys {
  /** Must hold for each step. */
  readonly condition: Condition;
  /** Above `vars` of the plays. */
  readonly vars: Readonly<Record<string, VariableTemplate>>;
  /** Each step has them as well. */
  readonly tags: readonly string[];
}

/** What stands for a play that is not imported. */
export const NOT_IMPORTED: ImportKeys = { condition: UNCONDITIONAL, vars: {}, tags: [] };

/** Reads what stands beside `import_playbook`, and adds it to what the imports around it say. */
export function readImportKeys(reading: Reading, node: DocumentNode, around: ImportKeys): ImportKeys {
  const known = [...PLAY_NAMES, ...reading.registered];
  return {
    condition: readWhen(reading, valueOf(node, "when"), { around: around.condition, known }),
    vars: variablesAbove(around.vars, readVariableTemplates(reading, valueOf(node, "vars"), known)),
    tags: [...new Set([...around.tags, ...readTags(reading, valueOf(node, "tags"))])],
  };
}

/** Variables of two levels as those of one: the upper ones come first, so that the others may use them. */
export function variablesAbove(
  upper: ImportKeys["vars"],
  lower: Readonly<Record<string, VariableTemplate>>,
): Readonly<Record<string, VariableTemplate>> {
  const rest = Object.entries(lower).filter(([name]) => !Object.hasOwn(upper, name));
  return { ...upper, ...Object.fromEntries(rest) };
}
