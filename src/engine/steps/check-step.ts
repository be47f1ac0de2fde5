import { isAtom, isTuple, atom, type Term } from "../../etf/term.ts";
import { formatTerm } from "../../etf/format.ts";
import { displayFunction } from "../../etf/module-name.ts";
import { FusionPlayError } from "../../errors.ts";
import type { RunStep } from "../../playbook/playbook.ts";
import { modulesOfCall } from "../modules-of-call.ts";
import { modulesToShip, pushModules } from "./push-step.ts";
import type { StepContext } from "./step-context.ts";

/** What a function would do. */
export type Check =
  | { readonly type: "same" }
  | { readonly type: "changes"; readonly diff: Term | null }
  | { readonly type: "error"; readonly reason: Term }
  /** It has no companion that could tell. */
  | { readonly type: "would_run" };

/**
 * Asks the companion of a function, which is called as it would be, what it would do: that of `restart/1` is
 * `restart_check/1` of the same module. It gives `ok`, `{ok, _}`, `changed`, `{changed, Diff}` or `{error, Reason}`.
 *
 * @throws {FusionPlayError} `CHECK_INVALID` where it gives anything else, and what a call throws
 */
export async function checkCall(
  { call, purge }: Pick<RunStep, "call" | "purge">,
  context: StepContext,
): Promise<Check> {
  const { node, source, codeLoading, signal, timeoutMs, maxHeapBytes, onOutput } = context;
  const args = call.arguments(context.scope);
  const roots = codeLoading === "on_demand" ? [] : modulesOfCall(source, call.module, args);
  const modules = modulesToShip(roots, context);
  if (modules.length > 0) await pushModules(modules, context, { purge, named: [], recheck: false });
  const companion = `${call.function}_check`;
  const exported = await exportsOf(call.module, context);
  if (!exported.some((term) => isFunction(term, companion, args.length))) return { type: "would_run" };
  const answer = await node.call(
    { module: call.module, function: companion, args },
    { signal, timeoutMs, maxHeapBytes, onOutput },
  );
  const check = readCheck(answer);
  if (check !== undefined) return check;
  const name = displayFunction(call.module, companion, args.length);
  const given = formatTerm(answer, call.language, { maxLength: 500 });
  throw new FusionPlayError(`Cannot check the step: ${name} gave ${given}`, {
    code: "CHECK_INVALID",
    hint: "It may give ok, {ok, _}, changed, {changed, Diff} or {error, Reason}",
  });
}

/** The functions of a module that the host has or fetches; none where there is no such module. */
async function exportsOf(module: string, context: StepContext): Promise<readonly Term[]> {
  const { node, signal, timeoutMs } = context;
  try {
    const call = { module, function: "module_info", args: [atom("exports")] };
    const answer = await node.call(call, { signal, timeoutMs });
    return Array.isArray(answer) ? (answer as readonly Term[]) : [];
  } catch (error) {
    if (error instanceof FusionPlayError && error.code === "FUNCTION_NOT_FOUND") return [];
    throw error;
  }
}

function isFunction(term: Term, name: string, arity: number): boolean {
  return isTuple(term, 2) && isAtom(term.elements[0] ?? 0, name) && term.elements[1] === arity;
}

function readCheck(answer: Term): Check | undefined {
  const [word, detail = null] = isTuple(answer, 2) ? answer.elements : [answer];
  if (word === undefined) return undefined;
  if (isAtom(word, "ok")) return { type: "same" };
  if (isAtom(word, "changed")) return { type: "changes", diff: detail };
  return isAtom(word, "error") && detail !== null ? { type: "error", reason: detail } : undefined;
}
