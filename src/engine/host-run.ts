import { setMaxListeners } from "node:events";
import { FusionPlayError } from "../errors.ts";
import { termToData, type Data } from "../etf/data.ts";
import type { Host } from "../inventory/inventory.ts";
import { stepsOfPlay } from "../playbook/all-steps.ts";
import type { Play, Step, StepNode } from "../playbook/playbook.ts";
import { errorReport } from "./error-report.ts";
import type { ModuleSource, ShippedModule } from "./module-source.ts";
import { PlayHostSteps } from "./play-host.ts";
import { partEndOf, statusOf } from "./host-end.ts";
import { runLoop } from "./loop-run.ts";
import { groupView } from "./group-view.ts";
import { pushedModule } from "./pushed-module.ts";
import { NotifiedHandlers } from "./notified-handlers.ts";
import { endForAll, throwIfFatal, type PlayProgress } from "./play-progress.ts";
import { PolicedNode } from "./policed-node.ts";
import type { PushResult, RemoteNode, SentFile } from "./remote-node.ts";
import type { HostReport, HostStatus, PushedModule, StepReport } from "./report.ts";
import type { RunEvent } from "./run-event.ts";
import { HostScope, type HostMemory, type RunNames } from "./scope.ts";
import type { Sessions } from "./sessions.ts";
import type { OnceSteps } from "./run-once.ts";
import type { Slot } from "./slots.ts";
import type { Throttles } from "./throttles.ts";
import { failureData, isHostError, runStep, type StepEnd, type StepRunOptions } from "./step-run.ts";
import type { TransactionPart, Transactions } from "./transactions.ts";
import { walkHandlers, walkSteps, type StepsEnd, type StepsHost, type Surroundings } from "./walk-steps.ts";

/** What is the same for all hosts of a play. */
export interface PlayContext {
  readonly play: Play;
  readonly source: ModuleSource;
  readonly sessions: Sessions;
  readonly names: RunNames;
  readonly extraVars: Readonly<Record<string, Data>>;
  /** What was given to prompts, by name. */
  readonly answers: Readonly<Record<string, Data>>;
  /** What a host keeps from play to play. */
  memoryOf(host: string): HostMemory;
  readonly stepTimeoutMs: number;
  /** Whether nothing is to be changed. */
  readonly check: boolean;
  /** How the play goes on, for all of its hosts. */
  readonly progress: PlayProgress;
  /** What is done once for all hosts of the play. */
  readonly once: OnceSteps;
  readonly throttles: Throttles;
  /** Of the hosts that are in the same batch. */
  readonly transactions: Transactions;
  /** Whether a play of the run lets the host fetch modules. */
  onDemand(host: Host): boolean;
  readonly signal: AbortSignal;
  /** How long the steps below `always` may take after the run was stopped. */
  readonly alwaysGraceMs: number;
  onEvent(event: RunEvent): void;
}

interface StepUnderWay {
  readonly name: string;
  readonly pushed: PushedModule[];
}

/** The work on one host in one play. Nothing that goes wrong on the host is thrown: it is reported. */
export class HostRun {
  readonly #context: PlayContext;
  readonly #slot: Slot;
  readonly #host: Host;
  readonly #scope: HostScope;
  /** The modules as the host needs them. */
  #source: ModuleSource;
  readonly #report: HostReport = {
    status: "ok",
    error: null,
    runtime: null,
    pushed: { modules: 0, bytes: 0, skipped: 0, files: 0, file_bytes: 0 },
    steps: [],
  };
  /** In the order of their beginnings; the function of a play may have several. */
  readonly #underWay: StepUnderWay[] = [];
  /** Aborted when the run is stopped or the host is lost. */
  readonly #stop = new AbortController();
  /** Aborted when the host is lost, and some time after the run was stopped. */
  readonly #last = new AbortController();
  #lastTimer: NodeJS.Timeout | undefined;
  /** What the host tells about itself, once it was asked. */
  #told: Promise<Data> | undefined;
  /** How often the function of a play has begun a transaction, by its modules. */
  readonly #joined: Map<string, number> = new Map();
  readonly #handlers: NotifiedHandlers;
  /** Whether a step was left out in a run that only checks, so that its result is not known. */
  #isUncertain = false;
  /** How terms are written after a step that says it, such as in an assertion about a call. */
  #language: StepReport["language"] = "elixir";

  constructor(host: Host, context: PlayContext, slot: Slot) {
    this.#slot = slot;
    this.#host = host;
    this.#context = context;
    this.#source = context.source;
    this.#handlers = new NotifiedHandlers(context.play.handlers);
    this.#scope = new HostScope(host, context.names, {
      extraVars: context.extraVars,
      memory: context.memoryOf(host.name),
    });
    setMaxListeners(0, this.#stop.signal); // one for each call that the function of a play has under way
    setMaxListeners(0, this.#last.signal);
  }

  async run(): Promise<HostReport> {
    const { signal } = this.#context;
    const forward = (): void => this.#cancel(signal.reason);
    if (signal.aborted) forward();
    signal.addEventListener("abort", forward, { once: true });
    try {
      await this.#work();
    } catch (error) {
      this.#end(statusOf(error), error);
    } finally {
      signal.removeEventListener("abort", forward);
      clearTimeout(this.#lastTimer);
    }
    const report = this.#report;
    const isBad = report.status === "failed" || (report.status === "unreachable" && report.ignored !== true);
    if (isBad && this.#context.play.anyErrorsFatal)
      endForAll(this.#context.progress, this.#host.name, report.status);
    this.#context.transactions.leave(this.#host.name, partEndOf(report));
    this.#emit({ type: "host_finished", status: report.status, report });
    return report;
  }

  /** Stops the work, but for the steps below `always`, which have some time left. */
  #cancel(reason: unknown): void {
    this.#stop.abort(reason);
    this.#lastTimer = setTimeout(() => this.#last.abort(reason), this.#context.alwaysGraceMs);
  }

  async #work(): Promise<void> {
    let node: RemoteNode;
    try {
      node = await this.#connect();
    } catch (error) {
      return this.#end(statusOf(error) === "cancelled" ? "cancelled" : "unreachable", error);
    }
    void node.lost.then((reason) => {
      this.#stop.abort(reason);
      this.#last.abort(reason);
    });
    const { play, source } = this.#context;
    if (node.runtime.elixir === null) this.#source = await source.withElixir();
    if (play.policy.deny.length > 0) node = new PolicedNode(node, play.policy, source);
    await node.serve(play.codeLoading === "closure" ? null : this.#source, {
      signal: this.#last.signal,
      onFetch: (module) => this.#onFetch(module),
    });
    if (play.gatherFacts) await this.#facts(node);
    this.#scope.addPlayVars({ play, answers: this.#context.answers });
    if (typeof play.steps === "function" && this.#context.check) {
      this.#recordFunction();
    } else if (typeof play.steps === "function") {
      await this.#runFunction(play.steps, node);
    } else {
      await this.#runList(play.steps, node);
    }
  }

  /** What the host tells about itself. It is asked once in a run. */
  #facts(node: RemoteNode): Promise<Data> {
    this.#told ??= (async () => {
      let facts = this.#scope.facts;
      if (facts === undefined) {
        const told = await node.facts({ signal: this.#stop.signal });
        this.#report.facts = told;
        facts = termToData(told);
      }
      this.#scope.tellFacts(facts);
      return facts;
    })();
    return this.#told;
  }

  async #connect(): Promise<RemoteNode> {
    const node = await this.#context.sessions.get(this.#host, {
      signal: this.#stop.signal,
      onDemand: this.#context.onDemand(this.#host),
      onPhase: (phase) => this.#emit({ type: "host_connecting", phase }),
      onOutput: (text) => this.#emit({ type: "step_output", step: null, text }),
    });
    this.#report.runtime = { otp: node.runtime.otp, elixir: node.runtime.elixir };
    this.#emit({ type: "host_connected", ...this.#report.runtime });
    return node;
  }

  async #runList(steps: readonly StepNode[], node: RemoteNode): Promise<void> {
    const { play, progress } = this.#context;
    this.#scope.reserve(stepsOfPlay(play).flatMap(({ register }) => register ?? []));
    const host: StepsHost = {
      perform: (step, surroundings) => this.#perform(step, node, surroundings),
      nameFailure: ({ step, end: { report } }) => {
        this.#scope.register("failed_step", { name: step.name, kind: step.kind });
        this.#scope.register("failed_result", report.error === null ? null : failureData(report.error));
      },
      isPlayOver: () => progress.isOver,
      endPlay: () => void (progress.isOver = true),
      notified: () => this.#handlers.take(),
      apart: (work) => this.#apart(work),
      lastSignal: this.#last.signal,
    };
    const end = await walkSteps(steps, host, this.#surroundings);
    this.#endSteps(end);
    const isForced = end.type === "failed" && play.forceHandlers && !isHostError(end.error);
    if (end.type === "done" || isForced) this.#endSteps(await walkHandlers(host, this.#surroundings));
  }

  #endSteps(end: StepsEnd): void {
    if (end.type === "failed") {
      const told = isHostError(end.error) ? end.error : undefined;
      this.#end(statusOf(end.error), told, end.step.ignoreUnreachable);
    }
    if (end.type === "stopped") throwIfFatal(this.#context.progress);
  }

  async #apart<Result>(work: () => Promise<Result>): Promise<Result> {
    const { result } = this.#scope;
    const language = this.#language;
    this.#scope.result = null;
    try {
      return await work();
    } finally {
      this.#scope.result = result;
      this.#language = language;
    }
  }

  get #surroundings(): Surroundings {
    return { isRescued: false, isLast: false, isHandler: false, signal: this.#stop.signal };
  }

  async #runFunction(steps: Extract<Play["steps"], CallableFunction>, node: RemoteNode): Promise<void> {
    const host = new PlayHostSteps({
      host: this.#host,
      vars: () => this.#scope.vars,
      set: (vars) => this.#scope.set(vars),
      group: (name) => groupView(name, this.#context.names),
      location: this.#context.play.location,
      signal: this.#stop.signal,
      perform: (step) => {
        throwIfFatal(this.#context.progress);
        return this.#perform(step, node, this.#surroundings);
      },
      facts: () => this.#facts(node),
      recordAssertion: (name, failure) => this.#recordAssertion(name, failure),
    });
    const { signal } = this.#stop;
    signal.throwIfAborted();
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    stopped.catch(() => {}); // nobody may be waiting any longer when the host is closed
    let failure: unknown;
    try {
      // The function may wait for whatever it likes, but not longer than the run and the host last.
      await Promise.race([steps(host), stopped]);
    } catch (error) {
      failure = error;
    }
    const unseen = await host.settled();
    failure ??= unseen;
    signal.throwIfAborted();
    if (failure === undefined) return;
    // A step that failed has told why; anything else is a mistake in the function.
    const isTold = failure instanceof FusionPlayError && host.toldErrors.has(failure);
    this.#end(statusOf(failure), isTold ? undefined : failure);
  }

  /** Runs a step and tells about it. */
  async #perform(
    step: Step,
    node: RemoteNode,
    { isRescued, isHandler, signal }: Surroundings,
  ): Promise<StepEnd> {
    const index = this.#report.steps.length;
    const underWay: StepUnderWay = { name: step.name, pushed: [] };
    this.#underWay.push(underWay);
    this.#emit({ type: "step_started", step: step.name, index });
    const { play, stepTimeoutMs, check } = this.#context;
    const transaction = check ? undefined : this.#join(step);
    const options: StepRunOptions = {
      pushed: underWay.pushed,
      transaction,
      slot: this.#slot,
      scope: (names) =>
        step.loop !== undefined && names === undefined
          ? this.#scope.ofLoop(step.vars)
          : this.#scope.ofStep(step.vars, names),
      isRescued,
      check: check ? { isUncertain: this.#isUncertain } : undefined,
      signal,
      source: this.#source,
      codeLoading: play.codeLoading,
      node,
      defaultTimeoutMs: stepTimeoutMs,
      language: this.#language,
      onOutput: (text) => this.#emit({ type: "step_output", step: step.name, text }),
      onPush: (result) => this.#onPush(step, result),
      onFiles: (files) => this.#onFiles(step, files),
      onSet: (vars) => this.#scope.set(vars),
      onRetry: (attempt) => this.#emit({ type: "step_retried", step: step.name, attempt }),
    };
    const run = (own: StepRunOptions): Promise<StepEnd> =>
      this.#context.throttles.use(step, own, () =>
        step.loop === undefined ? runStep(step, own) : runLoop(step, own),
      );
    const end = step.runOnce
      ? await this.#context.once.perform(step, { host: this.#host.name, slot: this.#slot, options, run })
      : await run(options);
    this.#underWay.splice(this.#underWay.indexOf(underWay), 1);
    const { report, data } = end;
    this.#isUncertain ||= report.would_run === true;
    transaction?.end(
      report.error === null ? { type: "out" } : { type: "failed", reason: report.error.message },
    );
    if (report.status !== "skipped") {
      this.#scope.result = data;
      if (step.kind !== "push") this.#language = report.language;
    }
    if (step.register !== undefined) this.#scope.register(step.register, data);
    if (report.status === "changed") this.#handlers.notify(step.notify);
    this.#finishStep(isHandler ? { ...report, handler: true } : report);
    return end;
  }

  /** The host's part in a step that is a transaction; hosts meet in the same step of a list. */
  #join(step: Step): TransactionPart | undefined {
    if (step.kind !== "push" || !step.transaction) return undefined;
    const { play, transactions } = this.#context;
    if (typeof play.steps !== "function") return transactions.join(step, this.#host.name);
    const modules = step.modules.toSorted().join(" ");
    const count = (this.#joined.get(modules) ?? 0) + 1;
    this.#joined.set(modules, count);
    return transactions.join(`${modules} ${count}`, this.#host.name);
  }

  /** Reports the function of a play that is left out: what it would do is known only by running. */
  #recordFunction(): void {
    const name = "steps of the function";
    this.#emit({ type: "step_started", step: name, index: this.#report.steps.length });
    this.#finishStep({
      ...this.#decidedHere(name),
      kind: "run",
      status: "skipped",
      attempts: 0,
      would_run: true,
    });
  }

  /** Reports an assertion that the function of a TypeScript play made. */
  #recordAssertion(name: string, failure: FusionPlayError | undefined): void {
    this.#emit({ type: "step_started", step: name, index: this.#report.steps.length });
    this.#finishStep({
      ...this.#decidedHere(name),
      status: failure === undefined ? "ok" : "failed",
      error: failure === undefined ? null : errorReport(failure),
    });
  }

  /** The report of a step that was decided without the host. */
  #decidedHere(name: string): StepReport {
    return {
      name,
      kind: "assert",
      status: "ok",
      rescued: false,
      duration_ms: 0,
      attempts: 1,
      items: null,
      result: null,
      output: "",
      pushed: [],
      pushed_files: [],
      error: null,
      language: this.#language,
    };
  }

  #finishStep(report: StepReport): void {
    const index = this.#report.steps.push(report) - 1;
    this.#emit({ type: "step_finished", step: report.name, index, status: report.status, report });
  }

  #onPush(step: Step, { sent, skipped }: PushResult): void {
    const { pushed } = this.#report;
    pushed.modules += sent.length;
    pushed.skipped += skipped;
    for (const module of sent.map(pushedModule)) {
      pushed.bytes += module.bytes;
      this.#emit({ type: "module_pushed", step: step.name, ...module });
    }
  }

  #onFiles(step: Step, files: readonly SentFile[]): void {
    const { pushed } = this.#report;
    pushed.files += files.length;
    for (const file of files) {
      pushed.file_bytes += file.bytes;
      this.#emit({ type: "file_pushed", step: step.name, ...file });
    }
  }

  /** Reports a module with the step that began last; who called it is not known. */
  #onFetch(shipped: ShippedModule): void {
    const module: PushedModule = { ...pushedModule(shipped), on_demand: true };
    const step = this.#underWay.at(-1);
    (step?.pushed ?? (this.#report.fetched ??= [])).push(module);
    this.#report.pushed.modules++;
    this.#report.pushed.bytes += module.bytes;
    this.#emit({ type: "module_pushed", step: step?.name ?? null, ...module });
  }

  #end(
    status: HostStatus,
    error: unknown,
    ignoresUnreachable: boolean = this.#context.play.ignoreUnreachable,
  ): void {
    if (this.#report.status !== "ok") return;
    this.#report.status = status;
    if (status === "unreachable" && ignoresUnreachable) this.#report.ignored = true;
    if (error !== undefined) this.#report.error = errorReport(error);
  }

  #emit(event: HostEvent): void {
    const { play, onEvent } = this.#context;
    onEvent({ ...event, at: new Date().toISOString(), play: play.name, host: this.#host.name } as RunEvent);
  }
}

/** An event of one host, before time, play and host are added. */
type HostEvent = RunEvent extends infer Event
  ? Event extends { host: string }
    ? Omit<Event, "at" | "play" | "host">
    : never
  : never;
