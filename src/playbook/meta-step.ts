import { valueOf } from "../documents/node-at.ts";
import { defaultName } from "./default-name.ts";
import type { MetaStep } from "./playbook.ts";
import { report } from "./playbook-source.ts";
import { readStepCommon } from "./step-common.ts";
import { textAt, type StepContext } from "./step-context.ts";

/** Reads a step of the kind `meta`. */
export function readMetaStep(context: StepContext): MetaStep {
  const { reading, node, before } = context;
  const text = textAt(node, "meta");
  const action = text === "end_play" || text === "flush_handlers" ? text : "end_host";
  if (action === "flush_handlers" && before.handlers.isHandler) {
    report(reading, valueOf(node, "meta") ?? node, {
      message: "Handlers cannot be flushed by a handler: they are being run",
      hint: "Notify the handlers after it",
    });
  }
  const common = readStepCommon(context, defaultName("meta", action));
  // It has the way of its host only, whatever the blocks around it say.
  return { ...common, runOnce: false, throttle: undefined, delegateTo: undefined, kind: "meta", action };
}
