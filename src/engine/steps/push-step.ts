import type { PushStep } from "../../playbook/playbook.ts";
import type { PushOptions } from "../remote-node.ts";
import { pushApplication } from "./push-application.ts";
import { pushTogether } from "./push-together.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";

/** Ships modules with all that they need, or an application. */
export async function attemptPush(
  { modules, application, purge }: Pick<PushStep, "modules" | "application" | "purge">,
  context: StepContext,
): Promise<StepOutcome> {
  const options = { purge, named: modules, recheck: true };
  if (application !== undefined) await pushApplication(application, purge, context);
  else if (context.transaction === undefined) await pushModules(modules, context, options);
  else await pushTogether(modules, context.transaction, context, options);
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
