import type { PushStep } from "../../playbook/playbook.ts";
import type { PushOptions, PushResult } from "../remote-node.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";

/** Ships modules with all that they need. */
export async function attemptPush(
  { modules, purge }: Pick<PushStep, "modules" | "purge">,
  context: StepContext,
): Promise<StepOutcome> {
  await pushModules(modules, context, { purge, named: modules, recheck: true });
  return { status: "ok", result: null, data: null };
}

/** How code is shipped that a call needs. */
export const FOR_CALL: Omit<PushOptions, "signal"> = { purge: "soft", named: [], recheck: false };

/** Ships what the host lacks of the modules' closure. */
export async function pushModules(
  modules: readonly string[],
  context: StepContext,
  options: Omit<PushOptions, "signal">,
): Promise<PushResult> {
  const { node, source, signal, onPush } = context;
  const result = await node.push(source.closure(modules), { signal, ...options });
  onPush(result);
  return result;
}
