import { FusionPlayError } from "../../errors.ts";
import { termToData } from "../../etf/data.ts";
import type { Term } from "../../etf/term.ts";
import type { RunStep } from "../../playbook/playbook.ts";
import type { Purge } from "../../playbook/play-host.ts";
import { modulesOfCall } from "../modules-of-call.ts";
import type { ShippedModule } from "../module-source.ts";
import type { RemoteCall } from "../remote-node.ts";
import { modulesToShip, pushModules } from "./push-step.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";

/** Calls a function on the host. */
export function attemptRun(
  { call, purge }: Pick<RunStep, "call" | "purge">,
  context: StepContext,
): Promise<StepOutcome> {
  const args = call.arguments(context.scope);
  return callOnHost({ module: call.module, function: call.function, args }, purge, context);
}

/** Ships what a call needs and the host neither has nor fetches, and makes the call. */
export function callOnHost(call: RemoteCall, purge: Purge, context: StepContext): Promise<StepOutcome> {
  const { source, codeLoading } = context;
  const roots = codeLoading === "on_demand" ? [] : modulesOfCall(source, call.module, call.args);
  const modules = modulesToShip(roots, context);
  return modules.length === 0 ? make(call, context) : shipAndMake(call, modules, { ...context, purge });
}

function make(call: RemoteCall, context: StepContext): Promise<StepOutcome> {
  const { node, signal, timeoutMs, maxHeapBytes, onOutput } = context;
  return node.call(call, { signal, timeoutMs, maxHeapBytes, onOutput }).then(outcomeOf);
}

function outcomeOf(result: Term): StepOutcome {
  return { status: "ok", result, data: termToData(result) };
}

async function shipAndMake(
  call: RemoteCall,
  modules: readonly ShippedModule[],
  context: StepContext & { readonly purge: Purge },
): Promise<StepOutcome> {
  const { node, signal, onPush, purge } = context;
  await pushModules(modules, context, { purge, named: [], recheck: false });
  try {
    return await make(call, context);
  } catch (error) {
    if (!isMissing(error)) throw error;
    // Code that runs there may have deleted what was shipped. Nothing was called, so it can be again.
    const again = await node.push(modules, { signal, purge, named: [], recheck: true });
    if (again.sent.length === 0) throw error;
    onPush(again);
    return make(call, context);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof FusionPlayError && error.code === "FUNCTION_NOT_FOUND";
}
