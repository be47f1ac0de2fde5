import { allSteps } from "../playbook/all-steps.ts";
import type { Handler, Step, StepNode } from "../playbook/playbook.ts";
import { NotifiedHandlers } from "./notified-handlers.ts";

/** A step where it comes to be run first, if it is run. */
export interface PlannedStepNode {
  readonly step: Step;
  readonly isHandler: boolean;
}

/**
 * The steps of a play in the order in which a run comes to them, where every step is run and changes something:
 * handlers stand behind the first `flush_handlers` that may run them, all others at the end. Each stands there
 * once, as a handler ships nothing when it is run again.
 */
export function plannedSteps(steps: readonly StepNode[], handlers: readonly Handler[]): PlannedStepNode[] {
  const planned: PlannedStepNode[] = [];
  const notified = new NotifiedHandlers(handlers);
  const done = new Set<StepNode>();
  const addHandler = (node: StepNode): void => {
    const inHandler = allSteps([node]);
    for (const { notify } of inHandler) notified.notify(notify);
    if (!done.has(node)) planned.push(...inHandler.map((step) => ({ step, isHandler: true })));
    done.add(node);
  };
  for (const step of allSteps(steps)) {
    planned.push({ step, isHandler: false });
    if (step.kind !== "meta") notified.notify(step.notify);
    else if (step.action === "flush_handlers") {
      for (const node of notified.take()) addHandler(node);
    }
  }
  for (const { step } of handlers) addHandler(step);
  return planned;
}
