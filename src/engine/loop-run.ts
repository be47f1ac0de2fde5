import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { onHost } from "../playbook/on-host.ts";
import type { Loop, RunStep, Step } from "../playbook/playbook.ts";
import { elapsedMs } from "./elapsed-ms.ts";
import { errorReport } from "./error-report.ts";
import { ignoresErrors } from "./ignores-errors.ts";
import { itemsOf, labelOf, type LoopItem } from "./loop-items.ts";
import { capturing, OutputCapture, unheard } from "./output-capture.ts";
import { pushedModule } from "./pushed-module.ts";
import type { ErrorReport, ItemReport, StepReport, StepStatus } from "./report.ts";
import { allTrue, languageOf, type Ending } from "./judge-outcome.ts";
import { asError, isHostError, toldOf } from "./step-failure.ts";
import { missesResult, runStep, WOULD_RUN, type StepEnd, type StepRunOptions } from "./step-run.ts";
import { asDelegateError, type StepTarget } from "./step-target.ts";
import { callEachOnHost, type EachContext } from "./steps/run-each.ts";
import type { StepOutcome } from "./steps/step-context.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** Runs a step for each item of its loop: its conditions and attempts are those of each item. */
export async function runLoop(step: Step, options: StepRunOptions): Promise<StepEnd> {
  const { loop } = step;
  return loop === undefined ? runStep(step, options) : new LoopRun(step, loop, options).run();
}

/** An item, and how it ended. */
interface ItemEnd {
  readonly label: string;
  readonly end: StepEnd;
}

class LoopRun {
  readonly #step: Step;
  readonly #loop: Loop;
  readonly #options: StepRunOptions;
  readonly #output = new OutputCapture();
  /** Pause between two items, in milliseconds. */
  #pauseMs = 0;

  constructor(step: Step, loop: Loop, options: StepRunOptions) {
    this.#step = step;
    this.#loop = loop;
    this.#options = {
      ...options,
      onOutput: capturing(this.#output, options.onOutput),
    };
  }

  async run(): Promise<StepEnd> {
    const started = performance.now();
    const found = this.#items();
    const ends = Array.isArray(found) ? await this.#runItems(found) : [];
    const { status, data, error, wouldRun } = Array.isArray(found) ? endingOf(ends) : found;
    const report: StepReport = {
      started_at: this.#options.startedAt,
      name: this.#options.name,
      kind: this.#step.kind,
      status,
      rescued:
        ends.some(({ end }) => end.report.rescued) ||
        (this.#options.isRescued && status === "failed" && ends.length === 0),
      ...delegateOf(ends),
      duration_ms: elapsedMs(started),
      attempts: Math.max(0, ...ends.map(({ end }) => end.report.attempts)),
      items: ends.map(({ label, end }) => itemReport(label, end)),
      result: null,
      output: this.#output.text,
      pushed: this.#options.pushed,
      pushed_files: ends.flatMap(({ end }) => end.report.pushed_files),
      error,
      ...(wouldRun === true ? { would_run: true } : {}),
      language: languageOf(this.#step, this.#options.language),
    };
    return {
      report: this.#step.noLog ? withoutSecrets(report) : report,
      data,
      error: status === "failed" && error !== null ? asError(error) : undefined,
    };
  }

  /** The items, or how the step ended as there are none: not where it would be skipped all the same. */
  #items(): LoopItem[] | Ending {
    try {
      const scope = this.#options.scope(this.#step);
      this.#pauseMs = onHost(this.#loop.pauseMs, scope);
      return itemsOf(this.#loop, scope);
    } catch (error) {
      return this.#isSkipped() ? [] : this.#withoutItems(errorReport(error));
    }
  }

  #withoutItems(error: ErrorReport): Ending {
    if (missesResult(error, this.#options.check)) return WOULD_RUN;
    return { status: this.#ignoresErrors() ? "ignored" : "failed", result: null, data: [], error };
  }

  #ignoresErrors(): boolean {
    return ignoresErrors(this.#step, () => this.#options.scope(this.#step));
  }

  #isSkipped(): boolean {
    try {
      return !allTrue(this.#step.when, this.#options.scope(this.#step));
    } catch {
      return false;
    }
  }

  async #runItems(items: readonly LoopItem[]): Promise<ItemEnd[]> {
    const isCheck = this.#options.check !== undefined;
    if (this.#step.kind === "run" && !isCheck && this.#pauseMs === 0 && canBeBatch(this.#step))
      return this.#runBatch(this.#step, items);
    const limit = pLimit(this.#loop.parallel);
    const ends: ItemEnd[] = [];
    let isStopped = false;
    await Promise.all(
      items.map((item, index) =>
        limit(async () => {
          // What happened to the host as a whole is told once.
          if (isStopped) return;
          if (index > 0 && this.#pauseMs > 0) await this.#pause();
          const end = await runStep(this.#step, this.#optionsOf(item));
          ends[index] = { label: this.#labelOf(item, index), end };
          isStopped ||= end.error !== undefined && isHostError(end.error);
        }),
      ),
    );
    return ends.filter((end) => end !== undefined);
  }

  async #pause(): Promise<void> {
    // The next item says why the host was stopped.
    await sleep(this.#pauseMs, undefined, { signal: this.#options.signal }).catch(() => {});
  }

  /** Makes the calls of all items together; what the step says of a result is asked afterwards. */
  async #runBatch(step: BatchStep, items: readonly LoopItem[]): Promise<ItemEnd[]> {
    const { signal } = this.#options;
    const argsOf = items.map((item) => this.#argumentsOf(step, item));
    const calls = argsOf.filter((args) => args !== undefined);
    let outcomes: readonly StepOutcome[] = [];
    let target: StepTarget | undefined;
    if (calls.length > 0) {
      try {
        target = await this.#options.target(step, this.#options.scope(step), signal);
        outcomes = await callEachOnHost(step, calls, this.#context(step, target));
      } catch (error) {
        const told = signal.aborted ? toldOf(error, signal) : asDelegateError(error, target?.delegatedTo);
        const report = errorReport(told, step.call.language);
        outcomes = calls.map(() => ({ status: "failed", error: report }));
      }
    }
    let next = 0;
    const ends: ItemEnd[] = [];
    for (const [index, item] of items.entries()) {
      const outcome = argsOf[index] === undefined ? undefined : outcomes[next++];
      const attempt = outcome === undefined ? {} : { attempt: async () => outcome };
      const end = await runStep(step, { ...this.#optionsOf(item), ...attempt });
      ends.push({ label: this.#labelOf(item, index), end });
      if (end.error !== undefined && isHostError(end.error)) break;
    }
    return ends;
  }

  /** The arguments for an item; undefined where it is skipped, or has none that can be made: it says so itself. */
  #argumentsOf(step: RunStep, { names }: LoopItem): ReturnType<RunStep["call"]["arguments"]> | undefined {
    try {
      const scope = this.#options.scope(step, names);
      return allTrue(step.when, scope) ? step.call.arguments(scope) : undefined;
    } catch {
      return undefined;
    }
  }

  #context(step: BatchStep, { node, source, codeLoading }: StepTarget): EachContext {
    const { timeoutMs, maxHeapBytes, noLog } = step;
    const { name, signal, onOutput, onPush, pushed } = this.#options;
    return {
      signal,
      node,
      source,
      codeLoading,
      parallel: this.#loop.parallel,
      timeoutMs: timeoutMs ?? this.#options.defaultTimeoutMs,
      maxHeapBytes,
      onOutput: noLog ? unheard : onOutput,
      onPush: (result) => {
        pushed.push(...result.sent.map(pushedModule));
        onPush(name, result);
      },
    };
  }

  #optionsOf({ names }: LoopItem): StepRunOptions {
    return { ...this.#options, scope: (step) => this.#options.scope(step, names) };
  }

  #labelOf({ names, label }: LoopItem, index: number): string {
    if (this.#step.noLog) return `item ${index + 1}`;
    if (this.#loop.label === undefined) return label;
    try {
      return labelOf(this.#loop.label.evaluate(this.#options.scope(this.#step, names)));
    } catch {
      return label;
    }
  }
}

/** A step whose calls have the same limits. */
interface BatchStep extends RunStep {
  readonly timeoutMs: number | undefined;
  readonly maxHeapBytes: number | undefined;
}

/** Whether the calls of a step do not depend on each other's results, have the same limits, and go to one host. */
function canBeBatch(step: RunStep): step is BatchStep {
  const { retries, until, timeoutMs, maxHeapBytes, delegateTo } = step;
  return (
    retries === 0 &&
    until.length === 0 &&
    typeof timeoutMs !== "object" &&
    typeof maxHeapBytes !== "object" &&
    (delegateTo === undefined || delegateTo.name !== undefined)
  );
}

/** The host that did the step for all items, where it is another one. */
function delegateOf(ends: readonly ItemEnd[]): Pick<StepReport, "delegated_to"> {
  const delegates = new Set(ends.map(({ end }) => end.report.delegated_to));
  const [delegate] = delegates;
  return delegate === undefined || delegates.size > 1 ? {} : { delegated_to: delegate };
}

function itemReport(label: string, { report }: StepEnd): ItemReport {
  const { status, attempts, result, error, would_run, diff, delegated_to } = report;
  return {
    label,
    status,
    attempts,
    result,
    error,
    ...(would_run === undefined ? {} : { would_run }),
    ...(diff === undefined ? {} : { diff }),
    ...(delegated_to === undefined ? {} : { delegated_to }),
  };
}

function endingOf(ends: readonly ItemEnd[]): Ending {
  const ending = {
    status: statusOf(ends),
    result: null,
    data: ends.map(({ end }) => end.data),
    error: failureOf(ends),
  };
  return ends.some(({ end }) => end.report.would_run === true) ? { ...ending, wouldRun: true } : ending;
}

function statusOf(ends: readonly ItemEnd[]): StepStatus {
  const statuses = new Set(ends.map(({ end }) => end.report.status));
  for (const status of ["failed", "ignored", "changed", "ok"] as const)
    if (statuses.has(status)) return status;
  return "skipped";
}

/** Why the items failed that did: the first one speaks for all of them. */
function failureOf(ends: readonly ItemEnd[]): ErrorReport | null {
  const failed = ends.filter(({ end }) => end.report.error !== null);
  const [first] = failed;
  const error = first?.end.report.error;
  if (first === undefined || error === undefined || error === null) return null;
  const hostError = failed.find(({ end }) => end.error !== undefined && isHostError(end.error));
  if (hostError !== undefined) return hostError.end.report.error;
  const count = failed.length === 1 ? "" : `${failed.length} of ${ends.length} items failed, the first: `;
  return { ...error, message: `${count}${first.label}: ${error.message}` };
}
