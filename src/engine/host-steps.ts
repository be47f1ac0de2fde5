import { FusionPlayError } from "../errors.ts";
import type { Host } from "../inventory/inventory.ts";
import { allSteps } from "../playbook/all-steps.ts";
import type { Scope, Step, StepNode } from "../playbook/playbook.ts";
import type { Data } from "../etf/data.ts";
import { errorReport } from "./error-report.ts";
import type { HostRecord, StepUnderWay } from "./host-record.ts";
import type { EndedStep } from "./journal-entry.ts";
import { runLoop } from "./loop-run.ts";
import { NotifiedHandlers } from "./notified-handlers.ts";
import type { BatchContext } from "./play-context.ts";
import type { Decision } from "./play-host.ts";
import { RecalledSteps, stepEndOf } from "./recalled-steps.ts";
import type { HostScope } from "./scope.ts";
import type { Slot } from "./slots.ts";
import { runStep, type StepEnd, type StepRunOptions } from "./step-run.ts";
import { delegateOf, type StepTarget } from "./step-target.ts";
import type { PartEnd, TransactionPart } from "./transactions.ts";
import type { Surroundings } from "./walk-steps.ts";

export interface HostStepsOptions {
  readonly context: BatchContext;
  readonly host: Host;
  readonly slot: Slot;
  readonly scope: HostScope;
  readonly record: HostRecord;
  /** The host as what its steps work on. */
  readonly own: StepTarget;
}

/** Does steps on a host, and keeps what each of them leaves for the ones after it. */
export class HostSteps {
  readonly #options: HostStepsOptions;
  readonly #context: BatchContext;
  readonly #handlers: NotifiedHandlers;
  /** What was done before the run was resumed. */
  readonly #recalled: RecalledSteps;
  /** Whether a step was left out in a run that only checks, so that its result is not known. */
  #isUncertain = false;
  /** Where the host is in the order of the play, handlers aside. */
  #position = 0;
  /** How often the function of a play did something that hosts do together. */
  readonly #counts: Map<string, number> = new Map();
  // What all steps are run with.
  readonly #scopeOf: StepRunOptions["scope"];
  readonly #targetOf: StepRunOptions["target"];
  readonly #onPush: StepRunOptions["onPush"];
  readonly #onFiles: StepRunOptions["onFiles"];
  readonly #onRetry: StepRunOptions["onRetry"];
  readonly #onHidden: StepRunOptions["onHidden"];

  constructor(options: HostStepsOptions) {
    this.#options = options;
    this.#context = options.context;
    this.#handlers = new NotifiedHandlers(options.context.play.handlers);
    const { play, resumed } = options.context;
    // What a function comes to is known only by running it.
    const isList = typeof play.steps !== "function";
    const { name } = options.host;
    this.#recalled = new RecalledSteps(
      (isList && resumed?.steps(name)) || [],
      isList && resumed?.isAtWork(name) === true,
    );
    const { record, scope } = options;
    this.#scopeOf = ({ loop, vars }, names) =>
      loop !== undefined && names === undefined ? scope.ofLoop(vars) : scope.ofStep(vars, names);
    this.#targetOf = (step, names, signal) => this.#target(step, names, signal);
    this.#onPush = (step, result) => record.pushed(step, result);
    this.#onFiles = (step, files) => record.pushedFiles(step, files);
    this.#onRetry = (step, attempt) => record.retried(step, attempt);
    this.#onHidden = (data, delegate) => options.context.onHidden(data, delegate ?? name);
  }

  /** Waits until it is the host's turn to begin a step, or the signal is aborted. Undefined where it is already. */
  turn(step: Step, signal: AbortSignal): Promise<void> | undefined {
    const { host, slot } = this.#options;
    const { positions, strategy } = this.#context;
    const position = this.#positionOf(step);
    if (!positions.isHandler(step)) this.#position = position;
    return strategy.turn({ host: host.name, position, slot, signal });
  }

  /** Whether the host was further before the run was resumed. */
  get isRecalling(): boolean {
    return this.#recalled.isLeft;
  }

  /** Whether the host had begun the step that it comes to before the run was resumed. */
  get isAtBegun(): boolean {
    return this.#recalled.isAtBegun;
  }

  /** Runs a step and tells about it. */
  async perform(step: Step, surroundings: Surroundings): Promise<StepEnd> {
    const { scope, record } = this.#options;
    const recalled = this.#recalled.take(step);
    const { kind, location } = step;
    const name = recalled?.report.name ?? this.#nameOf(step);
    const written = this.#context.writtenNames.get(step);
    const underWay = record.begin({ name, kind, location }, { written, isNoted: recalled !== undefined });
    let given: Readonly<Record<string, Data>> = {};
    const onSet = (vars: Readonly<Record<string, Data>>): void => {
      given = { ...given, ...vars };
      scope.set(vars);
    };
    // What was pushed went with the BEAM that it was pushed to.
    const isDone = recalled !== undefined && step.kind !== "push";
    if (isDone) scope.set(recalled.vars);
    const transaction = this.#join(step);
    const end = isDone
      ? stepEndOf(recalled)
      : await this.#run(step, surroundings, { underWay, transaction, onSet });
    transaction?.end(
      end.report.error === null ? { type: "out" } : { type: "failed", reason: end.report.error.message },
    );
    this.#leave(step, end);
    const isNoted = isDone || (recalled !== undefined && end.error === undefined);
    const report = surroundings.isHandler ? { ...end.report, handler: true as const } : end.report;
    record.finish(underWay, report, isNoted ? undefined : this.#leftBy(step, end, given));
    return end;
  }

  /** The name of a step on the host: as it is written where it cannot be evaluated. */
  #nameOf(step: Step): string {
    if (step.nameOnHost === undefined) return step.name;
    try {
      return step.nameOnHost.evaluate(this.#scopeOf(step));
    } catch (error) {
      if (error instanceof FusionPlayError) return step.name;
      throw error;
    }
  }

  /** What the journal needs to know of a step, so that it need not be done again. */
  #leftBy(
    step: Step,
    { report, data }: StepEnd,
    vars: Readonly<Record<string, Data>>,
  ): Omit<EndedStep, "report"> {
    const { register, runOnce } = step;
    const isFirst = runOnce && report.ran_on === undefined && typeof this.#context.play.steps !== "function";
    const endsPlay = step.kind === "meta" && step.action === "end_play" && report.status === "ok";
    if (register === undefined && !isFirst && !endsPlay) return { data, vars };
    return {
      data,
      vars,
      ...(register === undefined ? {} : { register }),
      ...(isFirst ? { once: this.#positionOf(step) } : {}),
      ...(endsPlay ? { ends_play: true } : {}),
    };
  }

  #run(
    step: Step,
    { isRescued, signal }: Surroundings,
    {
      underWay: { name, startedAt, pushed },
      transaction,
      onSet,
    }: Pick<StepRunOptions, "transaction" | "onSet"> & { readonly underWay: StepUnderWay },
  ): Promise<StepEnd> {
    const { host, slot, record } = this.#options;
    const { stepTimeoutMs, check, once } = this.#context;
    const options: StepRunOptions = {
      name,
      startedAt,
      pushed,
      transaction,
      slot,
      scope: this.#scopeOf,
      target: this.#targetOf,
      isRescued,
      check: check ? { isUncertain: this.#isUncertain } : undefined,
      signal,
      defaultTimeoutMs: stepTimeoutMs,
      language: record.language,
      onOutput: record.outputOf(name),
      onPush: this.#onPush,
      onFiles: this.#onFiles,
      onSet,
      onHidden: this.#onHidden,
      onRetry: this.#onRetry,
    };
    if (!step.runOnce) return this.#runHere(step, options);
    const run = (own: StepRunOptions): Promise<StepEnd> => this.#runHere(step, own);
    return once.perform(step, { key: this.#onceKeyOf(step), host: host.name, slot, options, run });
  }

  /** Runs a step that no other host does for this one. */
  #runHere(step: Step, options: StepRunOptions): Promise<StepEnd> {
    const { throttle } = step;
    const run = step.loop === undefined ? runStep : runLoop;
    if (throttle === undefined) return run(step, options);
    const { slot, signal } = options;
    return this.#context.throttles.use({ throttle, key: this.#keyOf(step), slot, signal }, () =>
      run(step, options),
    );
  }

  /** Keeps what a step leaves. */
  #leave(step: Step, { report, data }: StepEnd): void {
    const { scope, record } = this.#options;
    this.#isUncertain ||= report.would_run === true;
    if (report.status !== "skipped") {
      scope.result = data;
      if (step.kind !== "push") record.language = report.language;
    }
    if (step.register !== undefined) scope.register(step.register, data);
    if (report.status === "changed") this.#handlers.notify(step.notify);
  }

  /** Takes the handlers that were notified, one after another. */
  notified(): Iterable<StepNode> {
    return this.#handlers.take();
  }

  /** Notes handlers to be run. */
  notify(names: readonly string[]): void {
    this.#handlers.notify(names);
  }

  /** Says that all steps are done, so that only handlers may follow. */
  end(): void {
    this.#position = this.#context.positions.end;
  }

  /** Does work whose steps neither see the result of the step before it nor leave one. */
  async apart<Result>(work: () => Promise<Result>): Promise<Result> {
    const { scope, record } = this.#options;
    const { result } = scope;
    const { language } = record;
    scope.result = null;
    try {
      return await work();
    } finally {
      scope.result = result;
      record.language = language;
    }
  }

  /** Reports what was decided in the function of a TypeScript play. */
  recordDecision({ kind, ...step }: Decision, failure: FusionPlayError | undefined): void {
    const { record } = this.#options;
    if (failure === undefined) record.decided(step, { kind });
    else record.decided(step, { kind, status: "failed", error: errorReport(failure) });
  }

  #target(step: Step, scope: Scope, signal: AbortSignal): StepTarget | Promise<StepTarget> {
    const { host, own } = this.#options;
    const delegate = delegateOf(step);
    if (delegate === undefined) return own;
    const name = delegate.evaluate(scope);
    return name === host.name ? own : this.#context.delegates.target(name, signal);
  }

  /** The host's part in a step that is a transaction. */
  #join(step: Step): TransactionPart | undefined {
    if (step.kind !== "push" || !step.transaction || this.#context.check) return undefined;
    return this.#context.transactions.join(this.#nextKeyOf(step), this.#options.host.name);
  }

  /** Says that the host does not come to these steps any more, where it has not. */
  passOver(nodes: readonly StepNode[], end: PartEnd): void {
    if (this.#context.check) return;
    for (const step of allSteps(nodes)) {
      if (step.kind === "push" && step.transaction) {
        this.#context.transactions.join(this.#keyOf(step), this.#options.host.name).end(end);
      }
    }
  }

  /** Where a step stands in the order of the play: of a handler, after the step that the host is at. */
  #positionOf(step: Step): number {
    return this.#context.positions.of(step, this.#position);
  }

  /** What hosts know a step by that one of them does for all: a handler is another one each time that it is run. */
  #onceKeyOf(step: Step): unknown {
    return typeof this.#context.play.steps === "function" ? this.#nextKeyOf(step) : this.#positionOf(step);
  }

  /** What hosts know a step by: in a list it is the same for all, in a function it goes by what it does. */
  #keyOf(step: Step): unknown {
    if (typeof this.#context.play.steps !== "function" || this.#context.positions.isHandler(step))
      return step;
    const isTransaction = step.kind === "push" && step.transaction;
    return isTransaction ? step.modules.toSorted().join(" ") : `${step.kind} ${step.name}`;
  }

  /** What hosts know a step by that each of them comes to; in a function, for the n-th time. */
  #nextKeyOf(step: Step): unknown {
    const key = this.#keyOf(step);
    if (typeof key !== "string") return key;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return `${key} ${count}`;
  }
}
