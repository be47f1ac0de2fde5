import type { PushStep } from "../../playbook/playbook.ts";
import type { ShippedModule } from "../module-source.ts";
import type { PushOptions } from "../remote-node.ts";
import { pushApplication } from "./push-application.ts";
import { pushTogether } from "./push-together.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";
import { withOutdated } from "./with-outdated.ts";

/** Ships modules with all that they need, or an application. */
export async function attemptPush(
  { modules, application, purge }: Pick<PushStep, "modules" | "application" | "purge">,
  context: StepContext,
): Promise<StepOutcome> {
  if (application !== undefined) {
    await pushApplication(application, purge, context);
    return { status: "ok", result: null, data: null };
  }
  const shipped = modulesToShip(modules, context);
  const options = { purge, named: modules, recheck: true };
  if (context.transaction === undefined) await pushModules(shipped, context, options);
  else await pushTogether(shipped, context.transaction, context, options);
  return { status: "ok", result: null, data: null };
}

/** Ships what the host lacks of the modules. */
export async function pushModules(
  modules: readonly ShippedModule[],
  { node, signal, onPush }: Pick<StepContext, "node" | "signal" | "onPush">,
  options: Omit<PushOptions, "signal">,
): Promise<void> {
  onPush(await node.push(modules, { signal, ...options }));
}

/** Lists the closure of modules, and what the host has fetched elsewhere in another version. */
export function modulesToShip(
  modules: readonly string[],
  context: Pick<StepContext, "source" | "node" | "codeLoading">,
): readonly ShippedModule[] {
  return withOutdated(modules.length === 0 ? [] : context.source.closure(modules), context);
}
