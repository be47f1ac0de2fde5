import type { PushStep } from "../../playbook/playbook.ts";
import type { PushOptions } from "../remote-node.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";

/** Ships modules with all that they need. */
export async function attemptPush(
  { modules, purge }: Pick<PushStep, "modules" | "purge">,
  context: StepContext,
): Promise<StepOutcome> {
  await pushModules(modules, context, { purge, named: modules, recheck: true });
  return { status: "ok", result: null, data: null };
}

/** Ships what the host lacks of the modules' closure. */
export async function pushModules(
  modules: readonly string[],
  context: StepContext,
  options: Omit<PushOptions, "signal">,
): Promise<void> {
  const { node, source, signal, onPush } = context;
  onPush(await node.push(source.closure(modules), { signal, ...options }));
}
