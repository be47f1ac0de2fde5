import { dataToTerm } from "../../etf/data.ts";
import type { Term } from "../../etf/term.ts";
import type { EvalStep, Location } from "../../playbook/playbook.ts";
import { RemoteCallError } from "../remote-node.ts";
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
  try {
    return await callOnHost({ module, function: "run", args }, purge, context);
  } catch (error) {
    if (!(error instanceof RemoteCallError)) throw error;
    throw withPlaces(error, module, (line) => context.source.locateInline(code, line));
  }
}

/** The module does not know where its code stands in the playbook: the frames of it are told that. */
function withPlaces(
  { message, code, hint, cause, exception }: RemoteCallError,
  module: string,
  locate: (line: number) => Location | undefined,
): RemoteCallError {
  const stacktrace = exception.stacktrace.map((frame) => {
    const location = frame.module === module && frame.line !== undefined ? locate(frame.line) : undefined;
    return location === undefined ? frame : { ...frame, file: location.file, line: location.line };
  });
  return new RemoteCallError(message, { code, hint, cause }, { ...exception, stacktrace });
}
