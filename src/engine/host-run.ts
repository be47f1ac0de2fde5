import { setMaxListeners } from "node:events";
import { FusionPlayError } from "../errors.ts";
import { termToData, type Data } from "../etf/data.ts";
import type { Term } from "../etf/term.ts";
import type { Host } from "../inventory/inventory.ts";
import { stepsOfPlay } from "../playbook/all-steps.ts";
import type { Play, Step, StepNode } from "../playbook/playbook.ts";
import { PlayHostSteps } from "./play-host.ts";
import { partEndOf, statusOf } from "./host-end.ts";
import { HostRecord } from "./host-record.ts";
import { TrafficCount } from "./host-traffic.ts";
import { HostSteps } from "./host-steps.ts";
import { groupView } from "./group-view.ts";
import type { BatchContext } from "./play-context.ts";
import { endForAll, throwIfFatal } from "./play-progress.ts";
import { PolicedNode } from "./policed-node.ts";
import type { RemoteNode } from "./remote-node.ts";
import type { HostReport } from "./report.ts";
import type { EndedHost } from "./resumed-run.ts";
import { HostScope } from "./scope.ts";
import type { Slot } from "./slots.ts";
import { failureData, isHostError } from "./step-failure.ts";
import type { StepEnd } from "./step-run.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { walkHandlers, walkSteps, type StepsEnd, type StepsHost, type Surroundings } from "./walk-steps.ts";

/** The work on one host in one play. Nothing that goes wrong on the host is thrown: it is reported. */
export class HostRun {
  readonly #context: BatchContext;
  readonly #slot: Slot;
  readonly #host: Host;
  readonly #scope: HostScope;
  readonly #onHidden: (data: Data) => void;
  readonly #record: HostRecord;
  readonly #traffic: TrafficCount | undefined;
  /** Whether a failure of the host ends the play for all of them. */
  #isFatal: boolean;
  /** Aborted when the run is stopped or the host is lost. */
  readonly #stop = new AbortController();
  /** Ends what listens to the connection of the host. */
  #unlisten: () => void = () => {};
  /** Aborted when the host is lost, and some time after the run was stopped. */
  readonly #last = new AbortController();
  #lastTimer: NodeJS.Timeout | undefined;
  /** What the host tells about itself, once it was asked. */
  #told: Promise<Data> | undefined;

  constructor(host: Host, context: BatchContext, slot: Slot) {
    const { play, names, extraVars, onEvent, onHidden, countTraffic } = context;
    this.#traffic = countTraffic ? new TrafficCount() : undefined;
    this.#slot = slot;
    this.#host = host;
    this.#context = context;
    this.#isFatal = play.anyErrorsFatal;
    this.#record = new HostRecord({
      play: play.name,
      host: host.name,
      onEvent,
      note: context.note && ((entry) => context.note?.(host.name, entry)),
      traffic: this.#traffic,
    });
    this.#onHidden = (data) => onHidden(data, host.name);
    const memory = context.memoryOf(host.name);
    this.#scope = new HostScope(host, names, { extraVars, memory, onHidden: this.#onHidden });
    setMaxListeners(0, this.#stop.signal); // one for each call that the function of a play has under way
    setMaxListeners(0, this.#last.signal);
  }

  async run(): Promise<HostReport> {
    const ended = this.#context.resumed?.ended(this.#host.name);
    return ended === undefined ? this.#run() : this.#recall(ended);
  }

  /** Takes over what the host has done before the run was resumed. */
  #recall({ report, memory }: EndedHost): HostReport {
    const { memoryOf, transactions, strategy } = this.#context;
    const { name } = this.#host;
    const own = memoryOf(name);
    Object.assign(own.registered, memory.registered);
    own.set = { ...own.set, ...memory.set };
    if (memory.facts !== undefined) own.facts = memory.facts;
    transactions.leave(name, { type: "out" });
    strategy.leave(name);
    this.#record.recalled(report);
    return report;
  }

  async #run(): Promise<HostReport> {
    const { signal, progress, transactions, strategy, memoryOf } = this.#context;
    const forward = (): void => this.#cancel(signal.reason);
    if (signal.aborted) forward();
    signal.addEventListener("abort", forward, { once: true });
    try {
      await this.#work();
    } catch (error) {
      this.#end(error);
    } finally {
      signal.removeEventListener("abort", forward);
      clearTimeout(this.#lastTimer);
      this.#unlisten();
    }
    const { report } = this.#record;
    const isBad = report.status === "failed" || (report.status === "unreachable" && report.ignored !== true);
    if (isBad && this.#isFatal) endForAll(progress, this.#host.name, report.status);
    transactions.leave(this.#host.name, partEndOf(report));
    strategy.leave(this.#host.name);
    this.#record.finished(memoryOf(this.#host.name));
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
      const status = statusOf(error) === "cancelled" ? "cancelled" : "unreachable";
      return this.#record.end(status, error, { isIgnored: this.#context.play.ignoreUnreachable });
    }
    this.#unlisten = node.listen((event) => this.#record.connection(event));
    void node.lost.then((reason) => {
      this.#stop.abort(reason);
      this.#last.abort(reason);
    });
    const { play, source, check } = this.#context;
    const { codeLoading } = play;
    const suited = node.runtime.elixir === null ? await source.withElixir() : source;
    if (play.policy.deny.length > 0) node = new PolicedNode(node, play.policy, source);
    await node.serve(codeLoading === "closure" ? null : suited, {
      signal: this.#last.signal,
      onFetch: (module) => this.#record.fetched(module),
    });
    if (play.gatherFacts) await this.#facts(node);
    this.#scope.addPlayVars({ play, answers: this.#context.answers });
    const steps = new HostSteps({
      context: this.#context,
      host: this.#host,
      slot: this.#slot,
      scope: this.#scope,
      record: this.#record,
      own: { node, source: suited, codeLoading, delegatedTo: undefined },
    });
    if (typeof play.steps !== "function") await this.#runList(play.steps, steps);
    // What a function would do is known only by running it.
    else if (check)
      this.#record.decided({ name: "steps of the function", location: play.location }, LEFT_OUT);
    else await this.#runFunction(play.steps, steps, node);
  }

  /** What the host tells about itself. It is asked once in a run, and again only where it did not answer. */
  #facts(node: RemoteNode): Promise<Data> {
    this.#told ??= this.#askFacts(node).catch((error: unknown) => {
      this.#told = undefined;
      throw error;
    });
    return this.#told;
  }

  async #askFacts(node: RemoteNode): Promise<Data> {
    let facts = this.#scope.facts;
    if (facts === undefined) {
      const ask = (): Promise<Term> => node.facts({ signal: this.#stop.signal });
      const told = await (this.#traffic?.facts(ask) ?? ask());
      this.#record.report.facts = told;
      facts = termToData(told);
    }
    this.#scope.tellFacts(facts);
    return facts;
  }

  async #connect(): Promise<RemoteNode> {
    const node = await this.#context.sessions.get(this.#host, {
      signal: this.#stop.signal,
      cancelled: this.#context.signal,
      onDemand: this.#context.onDemand(this.#host),
      ...this.#context.bootOf(this.#host),
      onPhase: (phase, traffic) => this.#record.connecting(phase, traffic),
      onOutput: (text) => this.#record.printed(text),
    });
    this.#record.connected(node);
    return node;
  }

  async #runList(nodes: readonly StepNode[], steps: HostSteps): Promise<void> {
    const { play } = this.#context;
    this.#scope.reserve(stepsOfPlay(play).flatMap(({ register }) => register ?? []));
    const host = this.#stepsHost(steps);
    const end = await walkSteps(nodes, host, this.#surroundings);
    this.#endSteps(end);
    if (end.type === "done") await this.#runHandlers(steps);
    else if (end.type === "failed" && play.forceHandlers && !isHostError(end.error))
      await this.#runForcedHandlers(steps);
  }

  /** The host has failed: others need not wait for it in transactions, nor does it end with the play. */
  async #runForcedHandlers(steps: HostSteps): Promise<void> {
    this.#context.transactions.leave(this.#host.name, partEndOf(this.#record.report));
    await this.#runHandlers(steps, { ...this.#surroundings, isLast: true });
  }

  async #runHandlers(steps: HostSteps, surroundings: Surroundings = this.#surroundings): Promise<void> {
    steps.end();
    this.#endSteps(await walkHandlers(this.#stepsHost(steps), surroundings));
  }

  #stepsHost(steps: HostSteps): StepsHost {
    const { progress } = this.#context;
    return {
      turn: (step, { signal }) => steps.turn(step, signal),
      perform: (step, surroundings) => steps.perform(step, surroundings),
      nameFailure: ({ end: { report } }) => {
        this.#scope.register("failed_step", { name: report.name, kind: report.kind });
        this.#scope.register("failed_result", report.error === null ? null : failureData(report.error));
      },
      tellFailure: (failure) => this.#tellFailure(failure),
      passOver: (nodes, end) => steps.passOver(nodes, end),
      // Where the host was before the run was resumed is where it begins; it ends the step that it was at.
      isPlayOver: () =>
        progress.isOver && !steps.isRecalling && (progress.fatal !== undefined || !steps.isAtBegun),
      noteStop: () => this.#record.stopped(),
      endPlay: () => void (progress.isOver = true),
      notified: () => steps.notified(),
      apart: (work) => steps.apart(work),
      lastSignal: this.#last.signal,
    };
  }

  /** Where a failure ends the play for all, no host begins another step while this one does those below `always`. */
  #tellFailure({ step, error }: StepsEnd & { type: "failed" }): void {
    const { play, progress } = this.#context;
    // A function may go on after a failure of handlers that it has flushed.
    if (typeof play.steps === "function") return;
    const status = statusOf(error);
    const isIgnored = status === "unreachable" && (step.ignoreUnreachable ?? play.ignoreUnreachable);
    if (status === "cancelled" || isIgnored || !(step.anyErrorsFatal ?? play.anyErrorsFatal)) return;
    endForAll(progress, this.#host.name, status);
  }

  #endSteps(end: StepsEnd): void {
    if (end.type === "failed" && this.#record.report.status === "ok") {
      const { play } = this.#context;
      // That of the step says what is not known of it; why the host was lost is for the host to say.
      const isUnknown = end.error?.code === "OUTCOME_UNKNOWN";
      const error: unknown = isUnknown ? this.#stop.signal.reason : end.error;
      const told = isHostError(end.error) ? error : undefined;
      const isIgnored = end.step.ignoreUnreachable ?? play.ignoreUnreachable;
      this.#isFatal = end.step.anyErrorsFatal ?? play.anyErrorsFatal;
      this.#record.end(statusOf(end.error), told, { isIgnored });
    }
    if (end.type === "stopped") throwIfFatal(this.#context.progress);
  }

  get #surroundings(): Surroundings {
    return { isRescued: false, isLast: false, isHandler: false, signal: this.#stop.signal };
  }

  async #runFunction(
    call: Extract<Play["steps"], CallableFunction>,
    steps: HostSteps,
    node: RemoteNode,
  ): Promise<void> {
    const { play } = this.#context;
    const { signal } = this.#stop;
    const host = this.#hostOfFunction(steps, node);
    signal.throwIfAborted();
    // The function may wait for whatever it likes, but not longer than the run and the host last.
    const [own] = await Promise.allSettled([unlessAborted(Promise.resolve(call(host)), signal)]);
    const unseen = await host.settled();
    signal.throwIfAborted();
    const failure = own.status === "rejected" ? own : unseen;
    if (failure === undefined) return this.#runHandlers(steps);
    // A step that failed has told why; anything else is a mistake in the function.
    const reason: unknown = failure.reason ?? `The function of the play threw ${String(failure.reason)}`;
    const isTold = reason instanceof FusionPlayError && host.toldErrors.has(reason);
    this.#end(reason, { isTold });
    if (play.forceHandlers) await this.#runForcedHandlers(steps);
  }

  #hostOfFunction(steps: HostSteps, node: RemoteNode): PlayHostSteps {
    const { play, names, progress } = this.#context;
    const { signal } = this.#stop;
    const surroundings = this.#surroundings;
    const perform = (step: Step): Promise<StepEnd> => {
      throwIfFatal(progress);
      return steps.perform(step, surroundings);
    };
    return new PlayHostSteps({
      host: this.#host,
      vars: () => this.#scope.vars,
      set: (vars) => this.#scope.set(vars),
      onHidden: this.#onHidden,
      group: (name) => groupView(name, names),
      location: play.location,
      signal,
      perform: (step) => steps.turn(step, signal)?.then(() => perform(step)) ?? perform(step),
      facts: () => this.#facts(node),
      handlers: play.handlers,
      notify: (notified) => steps.notify(notified),
      flushHandlers: async () => {
        const end = await walkHandlers(this.#stepsHost(steps), surroundings);
        return end.type === "failed" ? end.error : undefined;
      },
      recordDecision: (decision, failure) => steps.recordDecision(decision, failure),
    });
  }

  /** @param isTold whether a step has told of the error, so that the host need not */
  #end(error: unknown, { isTold = false }: { isTold?: boolean } = {}): void {
    const isIgnored = this.#context.play.ignoreUnreachable;
    this.#record.end(statusOf(error), isTold ? undefined : error, { isIgnored });
  }
}

/** The report of a function that is left out. */
const LEFT_OUT = { kind: "run", status: "skipped", attempts: 0, would_run: true } as const;
