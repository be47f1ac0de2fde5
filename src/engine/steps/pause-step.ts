import { setTimeout as sleep } from "node:timers/promises";
import { onHost } from "../../playbook/on-host.ts";
import type { PauseStep } from "../../playbook/playbook.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";

/** Waits. The time of the step is no limit for it: who writes a pause means it. */
export async function attemptPause(
  { pauseMs }: Pick<PauseStep, "pauseMs">,
  { scope, signal }: Pick<StepContext, "scope" | "signal">,
): Promise<StepOutcome> {
  await sleep(onHost(pauseMs, scope), undefined, { signal });
  return { status: "ok", result: null, data: null };
}
