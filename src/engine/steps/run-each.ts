import { termToData } from "../../etf/data.ts";
import type { Term } from "../../etf/term.ts";
import type { Language, RunStep } from "../../playbook/playbook.ts";
import { errorReport } from "../error-report.ts";
import { modulesOfCall } from "../modules-of-call.ts";
import type { CallOutcome } from "../remote-node.ts";
import { modulesToShip, pushModules } from "./push-step.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";

/** So many calls go into one message at most. */
const MOST_CALLS = 1000;

/** What all of the calls use. */
export interface EachContext extends Pick<
  StepContext,
  "node" | "source" | "codeLoading" | "signal" | "timeoutMs" | "maxHeapBytes" | "onOutput" | "onPush"
> {
  /** How many of them are made at the same time. */
  readonly parallel: number;
}

/** Ships what calls of one function need, and makes them with one message for all. */
export async function callEachOnHost(
  { call, purge }: Pick<RunStep, "call" | "purge">,
  args: readonly (readonly Term[])[],
  context: EachContext,
): Promise<StepOutcome[]> {
  const { node, source, codeLoading, signal, onPush } = context;
  const roots = codeLoading === "on_demand" ? [] : modulesOfCall(source, call.module, args.flat());
  const modules = modulesToShip(roots, context);
  if (modules.length > 0) await pushModules(modules, context, { purge, named: [], recheck: false });
  const outcomes = await callAll(call, args, context);
  const missing = outcomes.flatMap((outcome, index) => (isMissing(outcome) ? index : []));
  if (missing.length > 0 && modules.length > 0) {
    // Code that runs there may have deleted what was shipped. Those were not called, so they can be again.
    const again = await node.push(modules, { signal, purge, named: [], recheck: true });
    onPush(again);
    const missed = missing.map((index) => args[index] ?? []);
    const second = again.sent.length === 0 ? [] : await callAll(call, missed, context);
    for (const [position, outcome] of second.entries()) outcomes[missing[position] ?? 0] = outcome;
  }
  return outcomes.map((outcome) => stepOutcome(outcome, call.language));
}

async function callAll(
  { module, function: name }: RunStep["call"],
  args: readonly (readonly Term[])[],
  { node, signal, timeoutMs, maxHeapBytes, onOutput, parallel }: EachContext,
): Promise<CallOutcome[]> {
  const outcomes: CallOutcome[] = [];
  for (let from = 0; from < args.length; from += MOST_CALLS) {
    const part = { module, function: name, args: args.slice(from, from + MOST_CALLS) };
    outcomes.push(...(await node.callEach(part, { signal, timeoutMs, maxHeapBytes, onOutput, parallel })));
  }
  return outcomes;
}

function isMissing(outcome: CallOutcome): boolean {
  return "error" in outcome && outcome.error.code === "FUNCTION_NOT_FOUND";
}

function stepOutcome(outcome: CallOutcome, language: Language): StepOutcome {
  return "error" in outcome
    ? { status: "failed", error: errorReport(outcome.error, language) }
    : { status: "ok", result: outcome.result, data: termToData(outcome.result) };
}
