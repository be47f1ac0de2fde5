import { FusionPlayError } from "../errors.ts";
import { onHost } from "../playbook/on-host.ts";
import type { Scope, Step } from "../playbook/playbook.ts";

/** Whether a failure of a step is ignored that does not come of doing it: not where only an item of its loop tells. */
export function ignoresErrors(step: Step, scope: () => Scope): boolean {
  try {
    return onHost(step.ignoreErrors, scope());
  } catch (error) {
    if (error instanceof FusionPlayError) return step.ignoreErrors === true;
    throw error;
  }
}
