import type { CallTemplate, Step } from "../playbook/playbook.ts";

/** The call that a step makes on the host, of those that name a function. */
export function callOfStep(step: Step): CallTemplate | undefined {
  if (step.kind === "run") return step.call;
  return step.kind === "wait_for" && step.awaited.type === "call" ? step.awaited.call : undefined;
}
