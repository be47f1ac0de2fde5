import { valueOf } from "../documents/node-at.ts";
import type { DocumentNode } from "../documents/node.ts";
import { evaluatedBeforeRun, type BeforeRun } from "./before-run.ts";
import { dataText } from "./data-text.ts";
import type { StepCommon } from "./playbook.ts";
import type { Reading } from "./playbook-source.ts";
import { collectRequired } from "./required-variables.ts";
import { textAt, type StepContext } from "./step-context.ts";
import { readTemplate } from "./template.ts";
import { isTemplate } from "./template-text.ts";

/** Reads the name of a step or a block; undefined where it has none of its own. */
export function readName({
  reading,
  node,
  before,
}: Pick<StepContext, "reading" | "node" | "before">): Pick<StepCommon, "name" | "nameOnHost"> | undefined {
  const value = valueOf(node, "name");
  const name = textAt(node, "name");
  if (value === undefined || name === undefined || name.trim() === "") return undefined;
  if (!isTemplate(name)) return { name, nameOnHost: undefined };
  // Without a variable of it, the step is done all the same.
  const [template] = collectRequired(reading, () => readTemplate(reading, value, before.known));
  return { name, nameOnHost: { evaluate: (scope) => nameIn(dataText(template.evaluate(scope))) ?? name } };
}

/** Reads the name of a play: as it is written where something in it is not known before the run. */
export function readPlayName(reading: Reading, node: DocumentNode, beforeRun: BeforeRun): string | undefined {
  const value = valueOf(node, "name");
  const name = textAt(node, "name");
  if (value === undefined || name === undefined || name.trim() === "") return undefined;
  const data = isTemplate(name) ? evaluatedBeforeRun(reading, value, beforeRun) : undefined;
  return data === undefined ? name : (nameIn(dataText(data)) ?? name);
}

/** A name that is longer would be more than a name. */
const LONGEST = 200;

/** Makes a name of what expressions gave: one line, not longer than people read; undefined of an empty one. */
function nameIn(text: string): string | undefined {
  const characters = Array.from(text.replaceAll(/\s+/g, " ").trim());
  if (characters.length === 0) return undefined;
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join("")}…` : characters.join("");
}
