import { dataToTerm } from "../../etf/data.ts";
import type { Term } from "../../etf/term.ts";
import { displayFunction } from "../../etf/module-name.ts";
import type { EvalStep, InlineCode } from "../../playbook/playbook.ts";
import type { ModuleSource } from "../module-source.ts";
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
    throw inPlaybook(error, { code, module, source: context.source });
  }
}

/** The module does not know where its code stands in the playbook: message and frames are told that. */
function inPlaybook(
  { message, code: errorCode, hint, cause, exception }: RemoteCallError,
  { code, module, source }: { code: InlineCode; module: string; source: ModuleSource },
): RemoteCallError {
  const name = displayFunction(module, "run", code.variables.length);
  const place = `the code at ${code.location.file}:${code.location.line}`;
  const stacktrace = exception.stacktrace.map((frame) => {
    const isOurs = frame.module === module && frame.line !== undefined;
    const location = isOurs ? source.locateInline(code, frame.line) : undefined;
    return location === undefined ? frame : { ...frame, file: location.file, line: location.line };
  });
  return new RemoteCallError(
    message.replace(name, place),
    { code: errorCode, hint, cause },
    { ...exception, stacktrace },
  );
}
