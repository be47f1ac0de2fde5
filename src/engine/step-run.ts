import { setTimeout as sleep } from "node:timers/promises";
import { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import { formatTerm } from "../etf/format.ts";
import { atom, binary, MapTerm, type Term } from "../etf/term.ts";
import type { Expression, RunStep, Scope, Step } from "../playbook/playbook.ts";
import { answerOf, type Answer } from "./answer.ts";
import { callOfStep } from "./call-of-step.ts";
import { errorReport } from "./error-report.ts";
import { OutputCapture } from "./output-capture.ts";
import { pushedModule } from "./pushed-module.ts";
import type { PushResult, SentFile } from "./remote-node.ts";
import type { ErrorReport, PushedModule, StepReport, StepStatus } from "./report.ts";
import { pauseAfter } from "./pause-after.ts";
import { checkCall } from "./steps/check-step.ts";
import { attemptAssert } from "./steps/assert-step.ts";
import { attemptEval } from "./steps/eval-step.ts";
import { attemptFail } from "./steps/fail-step.ts";
import { attemptPause } from "./steps/pause-step.ts";
import { attemptPush } from "./steps/push-step.ts";
import { attemptRun } from "./steps/run-step.ts";
import { attemptSet } from "./steps/set-step.ts";
import { attemptWaitFor } from "./steps/wait-for-step.ts";
import type { StepContext, StepOutcome } from "./steps/step-context.ts";

/** What a step leaves: its report, and what later steps may use. */
export interface StepEnd {
  readonly report: StepReport;
  /** The result, or what is known of the failure; null of a step that was skipped. */
  readonly data: Data;
  /** The error where the step failed and was not ignored. */
  readonly error: FusionPlayError | undefined;
}

export interface StepRunOptions extends Pick<
  StepContext,
  "signal" | "source" | "codeLoading" | "node" | "transaction" | "slot"
> {
  /** Gets what is shipped to the host while the step is under way. */
  readonly pushed: PushedModule[];
  /**
   * Gives the names that the step may use.
   *
   * @param names those of the item of a loop; without them, what the loop itself may use
   * @throws {FusionPlayError} `EXPRESSION_FAILED`
   */
  scope(names?: Scope): Scope;
  /** Makes the attempts in place of the step itself: of a loop whose calls were made together. */
  attempt?(): Promise<StepOutcome>;
  /** In a run that only checks; `isUncertain` says that a step before was left out, whose result may be missed. */
  readonly check: { readonly isUncertain: boolean } | undefined;
  /** Whether a block around the step has a `rescue` for its failure. */
  readonly isRescued: boolean;
  /** Limit of an attempt where the step has none of its own. */
  readonly defaultTimeoutMs: number;
  /** How terms are written where the step itself does not say. */
  readonly language: StepReport["language"];
  onOutput(text: string): void;
  onPush(result: PushResult): void;
  onFiles(files: readonly SentFile[]): void;
  onRetry(attempt: number): void;
  /** Told of variables that the host is given. */
  onSet(vars: Readonly<Record<string, Data>>): void;
}

/** Runs one step on one host: condition, attempts, and what its own expressions say of the result. */
export async function runStep(step: Step, options: StepRunOptions): Promise<StepEnd> {
  return new StepRun(step, options).run();
}

/** How a step ended, before its report is written. */
interface Ending {
  readonly status: StepStatus;
  readonly result: Term | null;
  readonly data: Data;
  readonly error: ErrorReport | null;
  readonly wouldRun?: true;
  readonly diff?: Term;
}

const SKIPPED: Ending = { status: "skipped", result: null, data: null, error: null };

/** Of a step that is left out, since nothing is to be changed. */
const WOULD_RUN: Ending = { ...SKIPPED, wouldRun: true };

class StepRun {
  readonly #step: Step;
  readonly #options: StepRunOptions;
  readonly #language: StepReport["language"];
  readonly #output = new OutputCapture();
  readonly #files: SentFile[] = [];
  #attempts = 0;

  constructor(step: Step, options: StepRunOptions) {
    this.#step = step;
    this.#options = options;
    this.#language = languageOf(step, options.language);
  }

  async run(): Promise<StepEnd> {
    const started = performance.now();
    const ending = await this.#end();
    const report: StepReport = {
      name: this.#step.name,
      kind: this.#step.kind,
      status: ending.status,
      rescued: this.#isRescued(ending),
      duration_ms: Math.round((performance.now() - started) * 1000) / 1000,
      attempts: this.#attempts,
      items: null,
      result: ending.result,
      output: this.#output.text,
      pushed: this.#options.pushed,
      pushed_files: this.#files,
      error: ending.error,
      ...(ending.wouldRun === undefined ? {} : { would_run: ending.wouldRun }),
      ...(ending.diff === undefined ? {} : { diff: ending.diff }),
      language: this.#language,
    };
    return {
      report: this.#step.noLog ? withoutSecrets(report) : report,
      data: ending.data,
      error: ending.status === "failed" && ending.error !== null ? asError(ending.error) : undefined,
    };
  }

  async #end(): Promise<Ending> {
    const { signal } = this.#options;
    try {
      const scope = this.#options.scope();
      if (!allTrue(this.#step.when, scope)) return SKIPPED;
      return this.#options.check === undefined ? await this.#untilDone(scope) : await this.#check(scope);
    } catch (error) {
      const report = errorReport(signal.aborted ? toldOf(error, signal) : error, this.#language);
      return this.#isUncertain && report.code === "EXPRESSION_FAILED" ? WOULD_RUN : this.#failure(report);
    }
  }

  get #isUncertain(): boolean {
    return this.#options.check?.isUncertain === true;
  }

  /** What the step would do. Steps that change nothing on the host are done. */
  async #check(scope: Scope): Promise<Ending> {
    const step = this.#step;
    const context = this.#contextOf(scope);
    switch (step.kind) {
      case "assert":
      case "set":
      case "fail":
      case "meta": {
        this.#attempts++;
        const ending = this.#judge(await this.#attempt(context), scope);
        const isKnown = ending.error === null || !this.#isUncertain || step.kind === "fail";
        return isKnown ? ending : WOULD_RUN;
      }
      case "run":
        return this.#checkCall(step, context);
      case "push":
      case "eval":
      case "pause":
      case "wait_for":
        return WOULD_RUN;
    }
  }

  async #checkCall(step: RunStep, context: StepContext): Promise<Ending> {
    try {
      const check = await checkCall(step, context);
      if (check.type === "would_run") return WOULD_RUN;
      this.#attempts++;
      if (check.type === "error") return this.#failure(this.#errorReturned(check.reason));
      const done: Ending = { status: "ok", result: null, data: null, error: null };
      if (check.type === "same") return done;
      return { ...done, status: "changed", ...(check.diff === null ? {} : { diff: check.diff }) };
    } catch (error) {
      if (context.signal.aborted) throw error;
      const report = errorReport(error, this.#language);
      return this.#isUncertain && report.code === "EXPRESSION_FAILED" ? WOULD_RUN : this.#failure(report);
    }
  }

  async #untilDone(scope: Scope): Promise<Ending> {
    const { retries, delayMs, backoff } = this.#step;
    const context = this.#contextOf(scope);
    for (;;) {
      this.#attempts++;
      const outcome = await this.#attempt(context);
      const ending = this.#judge(outcome, scope);
      const isLast = this.#attempts > retries || (outcome.status === "failed" && isFinal(outcome.error));
      if (ending.error === null || isLast) return ending;
      this.#options.onRetry(this.#attempts);
      const pause = pauseAfter(this.#attempts, { delayMs, backoff });
      await sleep(pause, undefined, { signal: this.#options.signal });
    }
  }

  async #attempt(context: StepContext): Promise<StepOutcome> {
    const step = this.#step;
    try {
      if (this.#options.attempt !== undefined) return await this.#options.attempt();
      switch (step.kind) {
        case "push":
          return await attemptPush(step, context);
        case "run":
          return await attemptRun(step, context);
        case "eval":
          return await attemptEval(step, context);
        case "assert":
          return attemptAssert(step, context.scope, this.#language);
        case "set":
          return attemptSet(step, context.scope, this.#options.onSet);
        case "fail":
          return attemptFail(step, context.scope);
        case "pause":
          return await attemptPause(step, context);
        case "wait_for":
          return await attemptWaitFor(step, context);
        case "meta":
          return { status: "ok", result: null, data: null };
      }
    } catch (error) {
      if (context.signal.aborted) throw error;
      return { status: "failed", error: errorReport(error, this.#language) };
    }
  }

  #contextOf(scope: Scope): StepContext {
    const { timeoutMs, noLog } = this.#step;
    return {
      ...this.#options,
      scope,
      timeoutMs: timeoutMs ?? this.#options.defaultTimeoutMs,
      onOutput: (text) => {
        this.#output.add(text);
        if (!noLog) this.#options.onOutput(text);
      },
      onPush: (result) => {
        this.#options.pushed.push(...result.sent.map(pushedModule));
        this.#options.onPush(result);
      },
      onFiles: (files) => {
        this.#files.push(...files);
        this.#options.onFiles(files);
      },
    };
  }

  /** Applies `failed_when`, `until` and `changed_when` to a result, which goes by its registered name too. */
  #judge(outcome: StepOutcome, scope: Scope): Ending {
    if (outcome.status === "failed") return this.#failure(outcome.error);
    const { failedWhen, until, changedWhen, register } = this.#step;
    const registered = register === undefined ? {} : { [register]: outcome.data };
    const own = { ...scope, ...registered, result: outcome.data };
    const answer = this.#answerOf(outcome.result);
    if (failedWhen.length > 0 ? allTrue(failedWhen, own) : answer.type === "error") {
      const error = answer.type === "error" ? this.#errorReturned(answer.reason) : failedWhenHeld(failedWhen);
      return { ...this.#failure(error), result: outcome.result };
    }
    if (!allTrue(until, own))
      return { ...this.#failure(untilFailed(until, this.#attempts)), data: outcome.data };
    const isChanged = changedWhen.length > 0 ? allTrue(changedWhen, own) : answer.type === "changed";
    return { status: isChanged ? "changed" : "ok", result: outcome.result, data: outcome.data, error: null };
  }

  /** What functions and code of playbooks say; other steps have results of their own. */
  #answerOf(result: Term | null): Answer {
    const { kind } = this.#step;
    return kind === "run" || kind === "eval" ? answerOf(result) : { type: "plain" };
  }

  #errorReturned(reason: Term): ErrorReport {
    const text = formatTerm(reason, this.#language, { maxLength: 2000 });
    const pair = this.#language === "elixir" ? `{:error, ${text}}` : `{error, ${text}}`;
    return {
      code: "ERROR_RETURNED",
      message: `Step failed: it gave ${pair}`,
      reason: text,
      hint: "With failed_when: false the answer is a result like any other",
    };
  }

  #isRescued({ status, error }: Ending): boolean {
    return this.#options.isRescued && status === "failed" && error !== null && !isHostError(error);
  }

  #failure(error: ErrorReport): Ending {
    const isIgnored = this.#step.ignoreErrors && !isHostError(error);
    return { status: isIgnored ? "ignored" : "failed", result: null, data: failureData(error), error };
  }
}

/** Why the host was stopped; an error that was caused by it may tell more of it. */
export function toldOf(error: unknown, { reason }: AbortSignal): unknown {
  return error instanceof FusionPlayError && error.cause === reason ? error : reason;
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

const FINAL_CODES: ReadonlySet<ErrorReport["code"]> = new Set([
  "NODE_LOST",
  "MODULE_TOO_NEW",
  "APPLICATION_NOT_FOUND",
  "ARCHITECTURE_MISMATCH",
  "MODULE_PROTECTED",
  "POLICY_VIOLATION",
  "EXPRESSION_FAILED",
]);

/** Whether another attempt would be of no use. */
function isFinal({ code }: ErrorReport): boolean {
  return FINAL_CODES.has(code);
}

export function allTrue(conditions: readonly Expression[], scope: Scope): boolean {
  return conditions.every((condition) => condition.evaluate(scope) === true);
}

export function languageOf(step: Step, fallback: StepReport["language"]): StepReport["language"] {
  const call = callOfStep(step);
  if (call !== undefined) return call.language;
  return step.kind === "eval" ? step.code.language : fallback;
}

/** What is known of a failure: in a registered name where it was ignored, in `failed_result` below `rescue`. */
export function failureData({ code, message, reason }: ErrorReport): Data {
  return new MapTerm([
    [binary("failed"), atom("true")],
    [binary("code"), binary(code)],
    [binary("message"), binary(message)],
    [binary("reason"), reason === undefined ? atom("nil") : binary(reason)],
  ]);
}

/** Whether the error tells of the host as a whole, and not only of the step in which it was met. */
export function isHostError({ code }: Pick<ErrorReport, "code">): boolean {
  return code === "NODE_LOST" || code === "CANCELLED";
}

export function asError({ code, message, hint }: ErrorReport): FusionPlayError {
  return new FusionPlayError(message, { code, hint: hint ?? undefined });
}

export function withoutSecrets(report: StepReport): StepReport {
  const { error } = report;
  const hidden = "Step failed: the reason is hidden, as the step has no_log";
  return {
    ...report,
    result: null,
    ...(report.diff === undefined ? {} : { diff: atom("hidden") }),
    output: "",
    error: error === null ? null : { code: error.code, message: hidden, hint: null },
  };
}
