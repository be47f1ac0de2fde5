import { defaultName } from "./default-name.ts";
import type { MetaStep } from "./playbook.ts";
import { readStepCommon } from "./step-common.ts";
import { textAt, type StepContext } from "./step-context.ts";

/** Reads a step of the kind `meta`. */
export function readMetaStep(context: StepContext): MetaStep {
  const action = textAt(context.node, "meta") === "end_play" ? "end_play" : "end_host";
  return { ...readStepCommon(context, defaultName("meta", action)), kind: "meta", action };
}
