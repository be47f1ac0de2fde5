import { setTimeout as sleep } from "node:timers/promises";
import type { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import { onHost } from "../playbook/on-host.ts";
import type { RunStep, Scope, Step } from "../playbook/playbook.ts";
import { secret } from "../secret.ts";
import { attemptsOf, type Attempts } from "./attempts.ts";
import { elapsedMs } from "./elapsed-ms.ts";
import { errorReport } from "./error-report.ts";
import {
  allTrue,
  errorReturned,
  failureEnding,
  judgeOutcome,
  languageOf,
  type Ending,
} from "./judge-outcome.ts";
import { capturing, OutputCapture, unheard } from "./output-capture.ts";
import { pauseAfter } from "./pause-after.ts";
import { pushedModule } from "./pushed-module.ts";
import type { PushResult, SentFile } from "./remote-node.ts";
import type { ErrorReport, PushedModule, StepReport } from "./report.ts";
import { asError, isFinal, isHostError, toldOf } from "./step-failure.ts";
import { asDelegateError, type StepTarget } from "./step-target.ts";
import { attemptStep } from "./steps/attempt-step.ts";
import { checkCall } from "./steps/check-step.ts";
import type { StepContext, StepOutcome } from "./steps/step-context.ts";
import { hideResult, withoutSecrets } from "./without-secrets.ts";

/** What a step leaves: its report, and what later steps may use. */
export interface StepEnd {
  readonly report: StepReport;
  /** The result, or what is known of the failure; null of a step that was skipped. */
  readonly data: Data;
  /** The error where the step failed and was not ignored. */
  readonly error: FusionPlayError | undefined;
}

/** What a step is run with. Functions that get the step are the same for all steps of a host, so as not to be made for each. */
export interface StepRunOptions extends Pick<StepContext, "signal" | "transaction" | "slot"> {
  /** What the step is called on the host. */
  readonly name: string;
  /** When the step began, as ISO 8601 has it. */
  readonly startedAt: string;
  /** Gets what is shipped to the host while the step is under way. */
  readonly pushed: PushedModule[];
  /**
   * Gives the names that a step may use.
   *
   * @param names those of the item of a loop; without them, what the loop itself may use
   * @throws {FusionPlayError} `EXPRESSION_FAILED`
   */
  readonly scope: (step: Step, names?: Scope) => Scope;
  /** Gives the host that a step works on, which is up. @throws {FusionPlayError} `DELEGATE_UNREACHABLE` */
  readonly target: (step: Step, scope: Scope, signal: AbortSignal) => StepTarget | Promise<StepTarget>;
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
  readonly onOutput: (text: string) => void;
  readonly onPush: (step: string, result: PushResult) => void;
  readonly onFiles: (step: string, files: readonly SentFile[]) => void;
  readonly onRetry: (step: string, attempt: number) => void;
  /** Told of variables that the host is given. */
  onSet(vars: Readonly<Record<string, Data>>): void;
  /** Told what must not be shown from now on, before anything else is told of it, and who gave it if not the host. */
  readonly onHidden: (data: Data, delegate: string | undefined) => void;
}

/** Runs one step on one host: condition, attempts, and what its own expressions say of the result. */
export function runStep(step: Step, options: StepRunOptions): Promise<StepEnd> {
  return new StepRun(step, options).run();
}

const DONE: Ending = { status: "ok", result: null, data: null, error: null };

const SKIPPED: Ending = { ...DONE, status: "skipped" };

/** Of a step that is left out, since nothing is to be changed. */
export const WOULD_RUN: Ending = { ...SKIPPED, wouldRun: true };

/** Whether a failure may come of a step before that was left out. */
export function missesResult({ code }: ErrorReport, check: StepRunOptions["check"]): boolean {
  return check?.isUncertain === true && code === "EXPRESSION_FAILED";
}

class StepRun {
  readonly #step: Step;
  readonly #options: StepRunOptions;
  readonly #language: StepReport["language"];
  readonly #output = new OutputCapture();
  readonly #files: SentFile[] = [];
  #attempts = 0;
  #delegatedTo: string | undefined;
  /** Of one that is known on the host only, until then it is not ignored. */
  #ignoreErrors: boolean;
  readonly #startedMs = performance.now();
  #pushedMs: number | undefined;

  constructor(step: Step, options: StepRunOptions) {
    this.#step = step;
    this.#options = options;
    this.#ignoreErrors = step.ignoreErrors === true;
    this.#language = languageOf(step, options.language);
  }

  async run(): Promise<StepEnd> {
    let ending: Ending;
    try {
      ending = await this.#ending();
    } catch (error) {
      ending = this.#failure(this.#toldOf(error));
    }
    const { noLog } = this.#step;
    if (noLog) hideResult(ending, (data) => this.#options.onHidden(data, this.#delegatedTo));
    const report: StepReport = {
      started_at: this.#options.startedAt,
      name: this.#options.name,
      kind: this.#step.kind,
      status: ending.status,
      rescued: this.#isRescued(ending),
      duration_ms: elapsedMs(this.#startedMs),
      attempts: this.#attempts,
      items: null,
      result: ending.result,
      output: this.#output.text,
      pushed: this.#options.pushed,
      pushed_files: this.#files,
      error: ending.error,
      language: this.#language,
    };
    // Most steps have none of these, and to spread what is not there takes longer than all the rest of the report.
    if (this.#delegatedTo !== undefined) report.delegated_to = this.#delegatedTo;
    if (this.#pushedMs !== undefined) report.push_ms = this.#pushedMs;
    if (ending.wouldRun !== undefined) report.would_run = ending.wouldRun;
    if (ending.diff !== undefined) report.diff = ending.diff;
    return {
      report: noLog ? withoutSecrets(report) : report,
      data: noLog && ending.data !== null ? secret(ending.data) : ending.data,
      error: ending.status === "failed" && ending.error !== null ? asError(ending.error) : undefined,
    };
  }

  /** No async function: each takes memory and time for as long as the step is under way. */
  #ending(): Ending | Promise<Ending> {
    const scope = this.#options.scope(this.#step);
    if (!allTrue(this.#step.when, scope)) return SKIPPED;
    this.#ignoreErrors = onHost(this.#step.ignoreErrors, scope);
    const attempts = attemptsOf(this.#step, scope);
    if (this.#options.check !== undefined) return this.#check(scope, attempts);
    const context = this.#contextOf(scope, attempts);
    return context instanceof Promise
      ? context.then((reached) => this.#untilDone(reached, attempts))
      : this.#untilDone(context, attempts);
  }

  /** What the step would do. Steps that change nothing on the host are done. */
  async #check(scope: Scope, attempts: Attempts): Promise<Ending> {
    const step = this.#step;
    switch (step.kind) {
      case "assert":
      case "set":
      case "fail":
      case "meta": {
        const ending = await this.#untilDone(await this.#contextOf(scope, attempts), {
          ...attempts,
          retries: 0,
        });
        const isKnown = ending.error === null || !this.#isUncertain || step.kind === "fail";
        return isKnown ? ending : WOULD_RUN;
      }
      case "run":
        return this.#checkCall(step, await this.#contextOf(scope, attempts));
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
      if (check.type === "error") return this.#failure(errorReturned(check.reason, this.#language));
      if (check.type === "same") return DONE;
      return { ...DONE, status: "changed", ...(check.diff === null ? {} : { diff: check.diff }) };
    } catch (error) {
      if (context.signal.aborted) throw error;
      return this.#failure(this.#reportOf(error));
    }
  }

  async #untilDone(context: StepContext, { retries, delayMs, backoff }: Attempts): Promise<Ending> {
    for (;;) {
      this.#attempts++;
      let outcome: StepOutcome;
      try {
        outcome = await this.#attempt(context);
      } catch (error) {
        if (context.signal.aborted) throw error;
        outcome = { status: "failed", error: this.#reportOf(error) };
      }
      const ending = this.#judge(outcome, context.scope);
      const isLast = this.#attempts > retries || (outcome.status === "failed" && isFinal(outcome.error));
      if (ending.error === null || ending.isSettled === true || isLast) return ending;
      this.#options.onRetry(this.#options.name, this.#attempts);
      const pause = pauseAfter(this.#attempts, { delayMs, backoff });
      await sleep(pause, undefined, { signal: this.#options.signal });
    }
  }

  #attempt(context: StepContext): StepOutcome | Promise<StepOutcome> {
    const { attempt, onSet } = this.#options;
    return attempt?.() ?? attemptStep(this.#step, context, { language: this.#language, onSet });
  }

  #contextOf(scope: Scope, attempts: Attempts): StepContext | Promise<StepContext> {
    const target = this.#options.target(this.#step, scope, this.#options.signal);
    return target instanceof Promise
      ? target.then((reached) => this.#contextAt(reached, scope, attempts))
      : this.#contextAt(target, scope, attempts);
  }

  #contextAt(
    { node, source, codeLoading, delegatedTo }: StepTarget,
    scope: Scope,
    { timeoutMs, maxHeapBytes }: Attempts,
  ): StepContext {
    const { noLog } = this.#step;
    this.#delegatedTo = delegatedTo;
    const { signal, transaction, slot } = this.#options;
    return {
      signal,
      transaction,
      slot,
      node,
      source,
      codeLoading,
      scope,
      timeoutMs: timeoutMs ?? this.#options.defaultTimeoutMs,
      ownTimeoutMs: timeoutMs,
      maxHeapBytes,
      onOutput: capturing(this.#output, noLog ? unheard : this.#options.onOutput),
      onPush: (result) => {
        this.#options.pushed.push(...result.sent.map(pushedModule));
        if (result.sent.length > 0) this.#pushedMs = elapsedMs(this.#startedMs);
        this.#options.onPush(this.#options.name, result);
      },
      onFiles: (files) => {
        this.#files.push(...files);
        if (files.length > 0) this.#pushedMs = elapsedMs(this.#startedMs);
        this.#options.onFiles(this.#options.name, files);
      },
    };
  }

  #judge(outcome: StepOutcome, scope: Scope): Ending {
    return judgeOutcome(this.#step, outcome, {
      scope,
      language: this.#language,
      attempts: this.#attempts,
      ignoreErrors: this.#ignoreErrors,
    });
  }

  #reportOf(error: unknown): ErrorReport {
    return errorReport(asDelegateError(error, this.#delegatedTo), this.#language);
  }

  /** What ended the host as a whole is told as it is, wherever the step was at work. */
  #toldOf(error: unknown): ErrorReport {
    const { signal } = this.#options;
    return signal.aborted ? errorReport(toldOf(error, signal), this.#language) : this.#reportOf(error);
  }

  get #isUncertain(): boolean {
    return this.#options.check?.isUncertain === true;
  }

  #isRescued({ status, error }: Ending): boolean {
    return this.#options.isRescued && status === "failed" && error !== null && !isHostError(error);
  }

  /** A failure, but for one that may come of a step that was left out. */
  #failure(error: ErrorReport): Ending {
    if (missesResult(error, this.#options.check)) return WOULD_RUN;
    return failureEnding(error, { ignoreErrors: this.#ignoreErrors });
  }
}
