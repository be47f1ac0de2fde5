import { FusionPlayError } from "../../errors.ts";
import type { PushStep } from "../../playbook/playbook.ts";
import { within } from "../../waits/within.ts";
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
    await inTime(context, (limited) => pushApplication(application, purge, limited));
    return { status: "ok", result: null, data: null };
  }
  const shipped = modulesToShip(modules, context);
  const options = { purge, named: modules, recheck: true };
  if (context.transaction === undefined) {
    await inTime(context, (limited) => pushModules(shipped, limited, options));
  } else {
    await pushTogether(shipped, context.transaction, context, options);
  }
  return { status: "ok", result: null, data: null };
}

/** Ends a push for which the step has less time than it takes. Without that, each of its phases has its own limit. */
async function inTime(context: StepContext, push: (limited: StepContext) => Promise<void>): Promise<void> {
  const { signal, ownTimeoutMs: ms } = context;
  if (ms === undefined) return push(context);
  await within(ms, [signal], async (limited) => {
    try {
      await push({ ...context, signal: limited });
    } catch (error) {
      if (!limited.aborted || signal.aborted) throw error;
      throw new FusionPlayError(`Cannot finish the push: it was not done within ${ms / 1000} s`, {
        code: "TIMEOUT",
        hint: "Raise the step's timeout, or find out what the host waits for, such as an on_load function",
        cause: error,
      });
    }
  });
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
