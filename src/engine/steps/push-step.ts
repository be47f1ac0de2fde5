import type { PushStep } from "../../playbook/playbook.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";

/** Ships modules with all that they need. */
export async function attemptPush(
  { modules, purge }: Pick<PushStep, "modules" | "purge">,
  context: StepContext,
): Promise<StepOutcome> {
  await pushModules(modules, context, purge);
  return { status: "ok", result: null, data: null };
}

/** Ships what the host lacks of the modules' closure. */
export async function pushModules(
  modules: readonly string[],
  context: StepContext,
  purge: PushStep["purge"] = "soft",
): Promise<void> {
  if (modules.length === 0) return;
  const { node, source, signal, onPush } = context;
  onPush(await node.push(source.closure(modules), { signal, purge }));
}
