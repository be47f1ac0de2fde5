import type { Data } from "../../etf/data.ts";
import type { Step } from "../../playbook/playbook.ts";
import type { StepReport } from "../report.ts";
import { attemptAssert } from "./assert-step.ts";
import { attemptEval } from "./eval-step.ts";
import { attemptFail } from "./fail-step.ts";
import { attemptPause } from "./pause-step.ts";
import { attemptPush } from "./push-step.ts";
import { attemptRun } from "./run-step.ts";
import { attemptSet } from "./set-step.ts";
import type { StepContext, StepOutcome } from "./step-context.ts";
import { attemptWaitFor } from "./wait-for-step.ts";

/** What is needed by some kinds of steps only. */
export interface AttemptOptions {
  /** How terms are written. */
  readonly language: StepReport["language"];
  /** Told of variables that the host is given. */
  onSet(vars: Readonly<Record<string, Data>>): void;
}

/** Does a step once, whatever its kind. No async function, as each takes as long as much of what it would wait for. */
export function attemptStep(
  step: Step,
  context: StepContext,
  { language, onSet }: AttemptOptions,
): StepOutcome | Promise<StepOutcome> {
  switch (step.kind) {
    case "push":
      return attemptPush(step, context);
    case "run":
      return attemptRun(step, context);
    case "eval":
      return attemptEval(step, context);
    case "assert":
      return attemptAssert(step, context.scope, language);
    case "set":
      return attemptSet(step, context.scope, onSet);
    case "fail":
      return attemptFail(step, context.scope);
    case "pause":
      return attemptPause(step, context);
    case "wait_for":
      return attemptWaitFor(step, context);
    case "meta":
      return { status: "ok", result: null, data: null };
  }
}
