import { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import { formatTerm } from "../etf/format.ts";
import type { Term } from "../etf/term.ts";
import type { Expression, Scope, Step } from "../playbook/playbook.ts";
import { answerOf, type Answer } from "./answer.ts";
import { callOfStep } from "./call-of-step.ts";
import type { ErrorReport, StepReport, StepStatus } from "./report.ts";
import { failureData, isHostError } from "./step-failure.ts";
import type { StepOutcome } from "./steps/step-context.ts";

/** How a step ended, before its report is written. */
export interface Ending {
  readonly status: StepStatus;
  readonly result: Term | null;
  readonly data: Data;
  readonly error: ErrorReport | null;
  /** Of a failure: whether `until` holds all the same, so that the step is not tried again. */
  readonly isSettled?: true;
  readonly wouldRun?: true;
  readonly diff?: Term;
}

/** What is needed to judge an attempt. */
export interface Judging {
  readonly scope: Scope;
  /** How terms are written. */
  readonly language: StepReport["language"];
  /** How many there were, this one included. */
  readonly attempts: number;
  /** Whether a failure is ignored. */
  readonly ignoreErrors: boolean;
}

/**
 * Applies `failed_when`, `until` and `changed_when` to what an attempt gave, which goes by its registered name
 * too.
 *
 * @throws {FusionPlayError} `EXPRESSION_FAILED`
 */
export function judgeOutcome(
  step: Step,
  outcome: StepOutcome,
  { scope, language, attempts, ignoreErrors }: Judging,
): Ending {
  if (outcome.status === "failed") return failureEnding(outcome.error, { ignoreErrors });
  const { failedWhen, until, changedWhen, register } = step;
  const answer = answerOfStep(step, outcome.result);
  const isPlain = failedWhen.length + until.length + changedWhen.length === 0;
  const registered = register === undefined ? {} : { [register]: outcome.data };
  const own = isPlain ? scope : { ...scope, ...registered, result: outcome.data };
  if (failedWhen.length > 0 ? allTrue(failedWhen, own) : answer.type === "error") {
    const error =
      answer.type === "error" ? errorReturned(answer.reason, language) : failedWhenHeld(failedWhen);
    const ending = { ...failureEnding(error, { ignoreErrors }), result: outcome.result };
    return until.length > 0 && mayHold(until, own) ? { ...ending, isSettled: true } : ending;
  }
  if (!allTrue(until, own)) {
    const { result, data } = outcome;
    return { ...failureEnding(untilFailed(until, attempts), { ignoreErrors }), result, data };
  }
  const isChanged = changedWhen.length > 0 ? allTrue(changedWhen, own) : answer.type === "changed";
  return { status: isChanged ? "changed" : "ok", result: outcome.result, data: outcome.data, error: null };
}

/** A failure, which may be ignored. */
export function failureEnding(error: ErrorReport, { ignoreErrors }: Pick<Judging, "ignoreErrors">): Ending {
  const isIgnored = ignoreErrors && !isHostError(error);
  return { status: isIgnored ? "ignored" : "failed", result: null, data: failureData(error), error };
}

/** The failure that a function told by its answer. */
export function errorReturned(reason: Term, language: StepReport["language"]): ErrorReport {
  const text = formatTerm(reason, language, { maxLength: 2000 });
  const pair = language === "elixir" ? `{:error, ${text}}` : `{error, ${text}}`;
  return {
    code: "ERROR_RETURNED",
    message: `Step failed: it gave ${pair}`,
    reason: text,
    hint: "With failed_when: false the answer is a result like any other",
  };
}

/** Whether all of the conditions hold. */
export function allTrue(conditions: readonly Expression[], scope: Scope): boolean {
  return conditions.every((condition) => condition.evaluate(scope) === true);
}

/** The same, of an answer that may lack what the conditions read. */
function mayHold(conditions: readonly Expression[], scope: Scope): boolean {
  try {
    return allTrue(conditions, scope);
  } catch (error) {
    if (error instanceof FusionPlayError) return false;
    throw error;
  }
}

/** How the terms of a step are written; `fallback` where it does not say. */
export function languageOf(step: Step, fallback: StepReport["language"]): StepReport["language"] {
  const call = callOfStep(step);
  if (call !== undefined) return call.language;
  return step.kind === "eval" ? step.code.language : fallback;
}

/** What functions and code of playbooks say; other steps have results of their own. */
function answerOfStep({ kind }: Step, result: Term | null): Answer {
  return kind === "run" || kind === "eval" ? answerOf(result) : { type: "plain" };
}

function failedWhenHeld(failedWhen: readonly Expression[]): ErrorReport {
  const message = `Step failed: failed_when holds: ${sourcesOf(failedWhen)}`;
  return { code: "CONDITION_FAILED", message, hint: null };
}

function untilFailed(until: readonly Expression[], attempts: number): ErrorReport {
  const times = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
  return {
    code: "CONDITION_FAILED",
    message: `Step failed: until did not hold after ${times}: ${sourcesOf(until)}`,
    hint: "Raise retries or delay, or look at the result",
  };
}

function sourcesOf(expressions: readonly Expression[]): string {
  return expressions.map(({ source }) => source).join(" and ");
}
