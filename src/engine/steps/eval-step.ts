import { dataToTerm } from "../../etf/data.ts";
import type { Term } from "../../etf/term.ts";
import type { EvalStep } from "../../playbook/playbook.ts";
import { callOnHost } from "./run-step.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";

/** Runs inline code, which was compiled here and is shipped as a module with one function, `run`. */
export async function attemptEval(
  { code, bindings, purge }: Pick<EvalStep, "code" | "bindings" | "purge">,
  context: StepContext,
): Promise<StepOutcome> {
  const module = await context.source.compileInline(code, context.signal);
  const args = code.variables.map((name): Term => {
    const template = bindings[name];
    return dataToTerm(template === undefined ? null : template.evaluate(context.scope));
  });
  return callOnHost({ module, function: "run", args }, purge, context);
}
