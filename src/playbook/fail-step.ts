import { valueOf } from "../documents/node-at.ts";
import { defaultName } from "./default-name.ts";
import type { FailStep } from "./playbook.ts";
import { readStepCommon } from "./step-common.ts";
import type { StepContext } from "./step-context.ts";
import { readTemplate } from "./template.ts";

/** Reads a step of the kind `fail`: a message, or a mapping with one. */
export function readFailStep(context: StepContext): FailStep {
  const { reading, node, before } = context;
  const fail = valueOf(node, "fail") ?? node;
  const message = fail.kind === "mapping" ? valueOf(fail, "message") : fail;
  return {
    ...readStepCommon(context, defaultName("fail", "")),
    kind: "fail",
    message: message === undefined ? NO_MESSAGE : readTemplate(reading, message, before.known),
  };
}

const NO_MESSAGE = { evaluate: () => "the play says so" };
