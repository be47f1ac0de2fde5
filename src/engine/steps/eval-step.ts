import { dataToTerm } from "../../etf/data.ts";
import type { Term } from "../../etf/term.ts";
import type { EvalStep } from "../../playbook/playbook.ts";
import { modulesOfCall } from "../modules-of-call.ts";
import { FOR_CALL, pushModules } from "./push-step.ts";
import { callOnHost } from "./run-step.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";

/** Runs inline code, which was compiled here and is shipped as a module with one function, `run`. */
export async function attemptEval(
  { code, bindings }: Pick<EvalStep, "code" | "bindings">,
  context: StepContext,
): Promise<StepOutcome> {
  const module = await context.source.compileInline(code, context.signal);
  const args = code.variables.map((name): Term => {
    const template = bindings[name];
    return dataToTerm(template === undefined ? null : template.evaluate(context.scope));
  });
  await pushModules(modulesOfCall(context.source, module, args), context, FOR_CALL);
  return callOnHost({ module, function: "run", args }, context);
}
