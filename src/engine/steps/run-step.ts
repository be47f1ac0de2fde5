import { termToData } from "../../etf/data.ts";
import type { RunStep } from "../../playbook/playbook.ts";
import { modulesOfCall } from "../modules-of-call.ts";
import type { RemoteCall } from "../remote-node.ts";
import { FOR_CALL, pushModules } from "./push-step.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";

/** Calls a function on the host, after shipping what the call needs. */
export async function attemptRun(
  { call }: Pick<RunStep, "call">,
  context: StepContext,
): Promise<StepOutcome> {
  const args = call.arguments(context.scope);
  await pushModules(modulesOfCall(context.source, call.module, args), context, FOR_CALL);
  return callOnHost({ module: call.module, function: call.function, args }, context);
}

export async function callOnHost(call: RemoteCall, context: StepContext): Promise<StepOutcome> {
  const { node, signal, timeoutMs, onOutput } = context;
  const result = await node.call(call, { signal, timeoutMs, onOutput });
  return { status: "ok", result, data: termToData(result) };
}
