import { valueOf } from "../documents/node-at.ts";
import { RESCUE_NAMES, STEP_NAMES } from "./names.ts";
import type { Block } from "./playbook.ts";
import { readName } from "./read-name.ts";
import { inheritedFrom, readConditionOf } from "./step-common.ts";
import type { StepContext, StepsBefore } from "./step-context.ts";

/** Reads a block: its steps get what it says for them. */
export function readBlock(context: StepContext): Block {
  const { reading, node, before, readSteps } = context;
  const around = readBlockKeys(context);
  const isUncertain = before.isUncertain || valueOf(node, "rescue") !== undefined;
  const block = readSteps(reading, valueOf(node, "block"), { ...before, ...around, isUncertain });
  const inRescue = { ...block.after, known: [...block.after.known, ...RESCUE_NAMES] };
  const rescue = readSteps(reading, valueOf(node, "rescue"), inRescue);
  const inAlways = {
    ...rescue.after,
    isUncertain: before.isUncertain,
    known: without(rescue.after.known, before.known),
  };
  const always = readSteps(reading, valueOf(node, "always"), inAlways);
  return {
    kind: "block",
    name: readName(context)?.name ?? "block",
    block: block.steps,
    rescue: rescue.steps,
    always: always.steps,
    location: reading.source.locate(node),
  };
}

/** Names without those of rescue, unless they were known before: a block may stand below another rescue. */
function without(names: readonly string[], before: readonly string[]): readonly string[] {
  return names.filter((name) => before.includes(name) || !RESCUE_NAMES.includes(name));
}

/** Reads what a block says for its steps. */
export function readBlockKeys({
  reading,
  node,
  before,
}: StepContext): Pick<StepsBefore, "inherited" | "required"> {
  // The result of the step before is another one for each step of the block.
  const known = before.known.filter((name) => !STEP_NAMES.includes(name));
  const context = { reading, node, before: { ...before, known } };
  const condition = readConditionOf(context);
  return { inherited: inheritedFrom(context, condition), required: condition.required };
}
