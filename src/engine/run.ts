import { setMaxListeners } from "node:events";
import { FusionPlayError } from "../errors.ts";
import { expectedDelegates } from "./expected-delegates.ts";
import { bootOfHosts, type HostBoot } from "./boot-of-hosts.ts";
import type { Host } from "../inventory/inventory.ts";
import { allSteps, hasAlways } from "../playbook/all-steps.ts";
import { batchesOf, stopsAfter } from "./batches.ts";
import { checkVariables } from "./check-variables.ts";
import { verdictOf } from "./exit-code.ts";
import { Delegates } from "./delegates.ts";
import { HostRun } from "./host-run.ts";
import type { PlayContext } from "./play-context.ts";
import type { PlayProgress } from "./play-progress.ts";
import { hostsOfPlays } from "./play-hosts.ts";
import { planDigest } from "./plan-digest.ts";
import { preparePlay, type PreparedPlay } from "./prepare-play.ts";
import type { HostReport, PlayReport, Report } from "./report.ts";
import {
  DEFAULT_ALWAYS_GRACE_MS,
  DEFAULT_CONCURRENCY,
  DEFAULT_CONNECT_CONCURRENCY,
  DEFAULT_STEP_TIMEOUT_MS,
  type RunOptions,
} from "./run-options.ts";
import { answerPrompts } from "./prompts.ts";
import { checkResumed } from "./resumed-run.ts";
import { emptyMemory, HostScope, runNames, type HostMemory } from "./scope.ts";
import type { Data } from "../etf/data.ts";
import { selectSteps } from "./select-steps.ts";
import { OnceSteps } from "./run-once.ts";
import { Throttles } from "./throttles.ts";
import { Sessions } from "./sessions.ts";
import { Slots } from "./slots.ts";
import { sourcePlace } from "./source-place.ts";
import { StepPositions } from "./step-positions.ts";
import { strategyOf } from "./strategies/strategy-of.ts";
import { Transactions } from "./transactions.ts";
import { writtenNames } from "./written-names.ts";

const DEFAULT_CANCELLED_EXIT_CODE = 130;

/**
 * Runs plays on their hosts, one play after the other. What happens on a host is told by events and
 * the report, and never stops another host.
 *
 * @throws {FusionPlayError} before any host is touched: no host or step is left, or code is missing
 * @throws {DocumentError} if a variable is read that nothing gives
 */
export async function runPlaybooks(given: RunOptions): Promise<Report> {
  const { playbooks, tags = [], skipTags = [], startAtStep, resumed, shard = resumed?.shard } = given;
  const options: RunOptions = { ...given, shard };
  const plays = selectSteps(playbooks, { tags, skipTags, startAtStep });
  const hosts = hostsOfPlays(plays, options);
  checkVariables(plays, hosts, options);
  const prepared: PreparedPlay[] = [];
  for (const play of plays) prepared.push(await preparePlay(play, options));
  const answers = await answerPrompts(plays, options);
  const digest = planDigest(playbooks, prepared, { check: options.check ?? false });
  if (resumed !== undefined) checkResumed(resumed, { digest, shard, hosts });
  options.journal?.begin(digest, shard);
  return new Run(options, { plays: prepared, hosts, answers }).run();
}

/** What is known of a run before it starts. */
interface Prepared {
  readonly plays: readonly PreparedPlay[];
  /** The hosts of each play. */
  readonly hosts: readonly (readonly Host[])[];
  /** What was given to prompts, by name. */
  readonly answers: Readonly<Record<string, Data>>;
}

class Run {
  readonly #options: RunOptions;
  readonly #plays: readonly PreparedPlay[];
  readonly #hosts: readonly (readonly Host[])[];
  /** How hosts boot, as far as plays say it. */
  readonly #bootOf: (host: Host) => HostBoot;
  /** Hosts that fetch modules in one of the plays. */
  readonly #fetching: ReadonlySet<string>;
  readonly #answers: Readonly<Record<string, Data>>;
  readonly #reports: PlayReport[] = [];
  /** Hosts that failed or were lost; they take part in no later play. */
  readonly #out: Set<string> = new Set();
  /** The last play of each host, by name. */
  readonly #lastPlays: ReadonlyMap<string, number>;
  /** Aborted with a reason that reports understand, whatever the caller's signal carries. */
  readonly #stop = new AbortController();

  /** What hosts keep from play to play, by name. */
  readonly #memories: Map<string, HostMemory> = new Map();

  constructor(options: RunOptions, { plays, hosts, answers }: Prepared) {
    this.#options = options;
    this.#plays = plays;
    this.#hosts = hosts;
    this.#lastPlays = new Map(
      hosts.flatMap((ofPlay, play) => ofPlay.map(({ name }) => [name, play] as const)),
    );
    const fetching = hosts.filter((_, index) => plays[index]?.play.codeLoading !== "closure");
    this.#fetching = new Set(fetching.flat().map(({ name }) => name));
    this.#bootOf = bootOfHosts(plays.map(({ play }, index) => ({ play, hosts: hosts[index] ?? [] })));
    this.#answers = answers;
    setMaxListeners(0, this.#stop.signal); // one for each host
  }

  async run(): Promise<Report> {
    const { signal, playbooks, connect, connectConcurrency = DEFAULT_CONNECT_CONCURRENCY } = this.#options;
    const { alwaysGraceMs = DEFAULT_ALWAYS_GRACE_MS } = this.#options;
    const started = Date.now();
    const stop = (): void =>
      this.#stop.abort(new FusionPlayError("Cannot finish: the run was stopped", { code: "CANCELLED" }));
    const tellAndStop = (): void => {
      if (this.#plays.some(({ play }) => hasAlways(play)))
        this.#emit({ type: "run_stopping", always_ms: alwaysGraceMs });
      stop();
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", tellAndStop, { once: true });
    this.#emit({ type: "run_started", playbooks: playbooks.map(({ file }) => file) });
    const sessions = new Sessions(connect, connectConcurrency);
    try {
      for (const [index, play] of this.#plays.entries()) {
        if (this.#stop.signal.aborted) break;
        const { fatal } = await this.#runPlay(play, index, sessions);
        if (fatal !== undefined) break;
      }
    } finally {
      await sessions[Symbol.asyncDispose]();
      signal.removeEventListener("abort", tellAndStop);
    }
    return this.#finish(started);
  }

  async #runPlay(prepared: PreparedPlay, index: number, sessions: Sessions): Promise<PlayProgress> {
    const { play } = prepared;
    const hosts = (this.#hosts[index] ?? []).filter(({ name }) => !this.#out.has(name));
    const place = sourcePlace(play.location);
    const names = hosts.map(({ name }) => name);
    const steps = typeof play.steps === "function" ? {} : { steps: allSteps(play.steps).length };
    this.#emit({ type: "play_started", play: play.name, hosts: names, ...steps });
    this.#options.journal?.add({ type: "play_begun", play: index, name: play.name, ...place, hosts: names });
    const context = this.#contextOf(prepared, { index, sessions, hosts });
    const ends = new Map<string, HostReport>();
    for (const batch of batchesOf(hosts, play.serial)) {
      const lost = await this.#runBatch(batch, { context, index, ends });
      if (stopsAfter(lost, batch.length, play.maxFailPercentage)) break;
      if (context.progress.isOver) break;
    }
    await context.delegates.release((host) => this.#isNeededAfter(host, index));
    for (const name of names) if (!ends.has(name)) ends.set(name, notRun());
    this.#reports.push({ name: play.name, ...place, hosts: Object.fromEntries(ends) });
    return context.progress;
  }

  /** What the hosts of a play share. */
  #contextOf(
    { play, source }: PreparedPlay,
    { index, sessions, hosts }: { index: number; sessions: Sessions; hosts: readonly Host[] },
  ): PlayContext {
    const { extraVars = {}, stepTimeoutMs = DEFAULT_STEP_TIMEOUT_MS, check = false } = this.#options;
    const { countTraffic = false, alwaysGraceMs = DEFAULT_ALWAYS_GRACE_MS } = this.#options;
    const { inventory, journal, onEvent, onHidden = () => {} } = this.#options;
    const { signal } = this.#stop;
    const positions = new StepPositions(play);
    const resumed = this.#options.resumed?.play(index);
    const onDemand = ({ name }: Host): boolean => this.#fetching.has(name);
    const bootOf = this.#bootOf;
    const names = runNames(inventory);
    const scopeOf = (host: Host): HostScope => {
      const scope = new HostScope(host, names, { extraVars, memory: this.#memoryOf(host.name) });
      scope.addPlayVars({ play, answers: this.#answers });
      return scope;
    };
    const delegates = new Delegates({
      play,
      hosts: new Set(hosts.map(({ name }) => name)),
      expected: expectedDelegates(play, hosts, scopeOf),
      inventory,
      source,
      sessions,
      onDemand,
      bootOf,
      signal,
    });
    return {
      play,
      source,
      sessions,
      names,
      extraVars,
      answers: this.#answers,
      memoryOf: (host) => this.#memoryOf(host),
      stepTimeoutMs,
      check,
      countTraffic,
      onDemand,
      bootOf,
      delegates,
      positions,
      writtenNames: writtenNames(play),
      alwaysGraceMs,
      throttles: new Throttles(),
      progress: { isOver: false, fatal: undefined },
      signal,
      resumed,
      note: journal && ((host, entry) => journal.add({ play: index, host, ...entry })),
      onEvent,
      onHidden,
    };
  }

  /** Runs the play on some of its hosts; gives how many of them were lost. */
  async #runBatch(
    hosts: readonly Host[],
    { context, index, ends }: { context: PlayContext; index: number; ends: Map<string, HostReport> },
  ): Promise<number> {
    const slots = new Slots(this.#options.concurrency ?? DEFAULT_CONCURRENCY);
    const names = hosts.map(({ name }) => name);
    if (context.resumed?.isOver(names) === true) context.progress.isOver = true;
    const once = onceSteps(context, names);
    const transactions = new Transactions(names);
    const strategy = strategyOf(context.play, names);
    let lost = 0;
    // In the report hosts stand in the order of the inventory, not in that of their ends.
    const reports = await Promise.all(
      hosts.map((host) =>
        slots.use(async (slot) => {
          if (context.progress.fatal !== undefined) {
            transactions.leave(host.name, { type: "out" });
            strategy.leave(host.name);
            return [host.name, notRun()] as const;
          }
          const end = await new HostRun(host, { ...context, once, transactions, strategy }, slot).run();
          const isLost = end.status !== "ok" && end.ignored !== true;
          if (isLost) {
            this.#out.add(host.name);
            lost++;
          }
          const isNeeded = this.#isNeededAfter(host, index) || context.delegates.needs(host);
          // One that is ignored is connected anew by the next play that it takes part in.
          if (end.status === "unreachable" || !isNeeded) await context.sessions.close(host);
          return [host.name, end] as const;
        }),
      ),
    );
    for (const [name, end] of reports) ends.set(name, end);
    return lost;
  }

  #memoryOf(host: string): HostMemory {
    const memory = this.#memories.get(host) ?? emptyMemory();
    this.#memories.set(host, memory);
    return memory;
  }

  #isNeededAfter({ name }: Host, play: number): boolean {
    return !this.#out.has(name) && (this.#lastPlays.get(name) ?? play) > play;
  }

  #finish(started: number): Report {
    const { signal, cancelledExitCode, shard } = this.#options;
    const code = signal.aborted ? (cancelledExitCode?.() ?? DEFAULT_CANCELLED_EXIT_CODE) : undefined;
    const { status, exitCode } = verdictOf(this.#reports, code);
    const report: Report = {
      version: 1,
      status,
      exit_code: exitCode,
      started_at: new Date(started).toISOString(),
      duration_ms: Date.now() - started,
      ...(shard === undefined ? {} : { shard }),
      plays: this.#reports,
    };
    const { duration_ms } = report;
    this.#options.journal?.add({ type: "run_ended", status, exit_code: exitCode, duration_ms });
    this.#emit({ type: "run_finished", status, exit_code: exitCode, report });
    return report;
  }

  #emit(event: RunLevelEvent): void {
    this.#options.onEvent({ ...event, at: new Date().toISOString() });
  }
}

type AllEvents = Parameters<RunOptions["onEvent"]>[0];
type RunLevelType = "run_started" | "play_started" | "run_stopping" | "run_finished";
type RunLevelEvent = {
  [Type in RunLevelType]: Omit<Extract<AllEvents, { type: Type }>, "at">;
}[RunLevelType];

/** The steps that are done once in a batch, with those that were done there before the run was resumed. */
function onceSteps({ resumed }: PlayContext, hosts: readonly string[]): OnceSteps {
  const once = new OnceSteps();
  for (const done of resumed?.once(hosts) ?? []) once.recall(done);
  return once;
}

/** A host that its play did not get to, because of others that were lost before it. */
function notRun(): HostReport {
  return {
    status: "skipped",
    error: null,
    runtime: null,
    transport: null,
    pushed: { modules: 0, bytes: 0, skipped: 0, files: 0, file_bytes: 0 },
    steps: [],
  };
}
