import { valueOf } from "../documents/node-at.ts";
import { defaultName } from "./default-name.ts";
import type { SetStep } from "./playbook.ts";
import { readStepCommon } from "./step-common.ts";
import type { StepContext } from "./step-context.ts";
import { readTemplates } from "./template.ts";

/** Reads a step of the kind `set`: a mapping of names to values. */
export function readSetStep(context: StepContext): SetStep {
  const { reading, node, before } = context;
  const values = readTemplates(reading, valueOf(node, "set"), before.known);
  const name = defaultName("set", Object.keys(values).join(", "));
  return { ...readStepCommon(context, name), kind: "set", values };
}
