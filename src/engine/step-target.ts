import { FusionPlayError } from "../errors.ts";
import type { Delegate, Step } from "../playbook/playbook.ts";
import { isLoss } from "./is-loss.ts";
import type { StepContext } from "./steps/step-context.ts";

/** The host that a step works on: its own, or the one that it is delegated to. */
export interface StepTarget extends Pick<StepContext, "node" | "source" | "codeLoading"> {
  /** Name of the host, where it is another one. */
  readonly delegatedTo: string | undefined;
}

/**
 * The error of a step: that the host it was delegated to was lost is a failure of the step alone.
 *
 * @param delegate undefined of a step that was not delegated
 */
export function asDelegateError(error: unknown, delegate: string | undefined): unknown {
  const isLost = error instanceof FusionPlayError && isLoss(error.code);
  return isLost && delegate !== undefined ? delegateUnreachable(delegate, error) : error;
}

/** The error of a step whose delegate cannot be used. */
export function delegateUnreachable(delegate: string, cause: unknown): FusionPlayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const hint = cause instanceof FusionPlayError ? cause.hint : undefined;
  return new FusionPlayError(`Cannot run the step on ${delegate}, to which it is delegated: ${why}`, {
    code: "DELEGATE_UNREACHABLE",
    hint,
    cause,
  });
}

/** Kinds of steps that work on a host: others are done here, whomever they are delegated to. */
const WORKING: ReadonlySet<Step["kind"]> = new Set(["push", "run", "eval", "wait_for"]);

/** The other host that a step works on, if it does. */
export function delegateOf({ kind, delegateTo }: Pick<Step, "kind" | "delegateTo">): Delegate | undefined {
  return WORKING.has(kind) ? delegateTo : undefined;
}
