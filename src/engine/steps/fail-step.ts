import { dataText } from "../../playbook/data-text.ts";
import type { FailStep, Scope } from "../../playbook/playbook.ts";
import type { StepOutcome } from "./step-context.ts";

/** Fails with the message of the step. */
export function attemptFail({ message }: Pick<FailStep, "message">, scope: Scope): StepOutcome {
  const text = dataText(message.evaluate(scope));
  return { status: "failed", error: { code: "FAILED_BY_PLAY", message: text, hint: null } };
}
