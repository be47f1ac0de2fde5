import { setMaxListeners } from "node:events";
import pLimit from "p-limit";
import { FusionPlayError } from "../errors.ts";
import { bootOfHosts, type BootingPlay, type HostBoot } from "./boot-of-hosts.ts";
import type { Host } from "../inventory/inventory.ts";
import type { DryRunHost } from "./dry-run-report.ts";
import { errorReport } from "./error-report.ts";
import { SharedFacts, type HostFacts } from "./host-facts.ts";
import type { PlayPlanner } from "./play-planner.ts";
import type { ConnectNode } from "./remote-node.ts";
import { DEFAULT_CONCURRENCY, DEFAULT_CONNECT_CONCURRENCY } from "./run-options.ts";
import { Sessions } from "./sessions.ts";
import { NOTHING_SHIPPED } from "./step-planner.ts";

export interface ConnectedDryRunOptions {
  readonly connect: ConnectNode;
  /** @default 50 */
  readonly concurrency: number | undefined;
  /** @default 16 */
  readonly connectConcurrency: number | undefined;
  readonly signal: AbortSignal;
}

/** A play with its planner and its hosts. */
export interface PlannedPlay extends BootingPlay {
  readonly planner: PlayPlanner;
}

/** The plans of a play by the names of its hosts. */
export type Plans = ReadonlyMap<string, DryRunHost>;

/**
 * Plans plays on their hosts by what these say of their own code. Nothing is changed on a host.
 *
 * @returns the plans of each play
 * @throws {FusionPlayError} `CANCELLED`; what cannot be read or compiled
 */
export async function planConnected(
  plays: readonly PlannedPlay[],
  options: ConnectedDryRunOptions,
): Promise<readonly Plans[]> {
  const { connect, concurrency = DEFAULT_CONCURRENCY } = options;
  const hosts = new Map(plays.flatMap((play) => play.hosts).map((host) => [host.name, host]));
  const sessions = new Sessions(connect, options.connectConcurrency ?? DEFAULT_CONNECT_CONCURRENCY);
  const limit = pLimit(concurrency);
  // Aborted with a reason that people understand, whatever the caller's signal carries.
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // one for each host
  const abort = (): void =>
    stop.abort(new FusionPlayError("Cannot finish the dry run: it was stopped", { code: "CANCELLED" }));
  if (options.signal.aborted) abort();
  options.signal.addEventListener("abort", abort, { once: true });
  const bootOf = bootOfHosts(plays);
  const context = { plays, sessions, bootOf, facts: new SharedFacts(), signal: stop.signal };
  try {
    const ends = await Promise.allSettled(
      Array.from(hosts.values(), (host) =>
        limit(async () => [host.name, await planHost(host, context)] as const),
      ),
    );
    const planned = ends.map((end) => {
      if (end.status === "rejected") throw end.reason;
      return end.value;
    });
    return plays.map((_, index) => {
      const plans = planned.map(([name, byPlay]) => [name, byPlay.get(index)] as const);
      return new Map(plans.flatMap(([name, plan]) => (plan === undefined ? [] : [[name, plan] as const])));
    });
  } finally {
    await sessions[Symbol.asyncDispose]();
    options.signal.removeEventListener("abort", abort);
  }
}

interface HostContext {
  readonly plays: readonly PlannedPlay[];
  readonly sessions: Sessions;
  /** By the names of hosts. */
  readonly bootOf: (host: Host) => HostBoot;
  readonly facts: SharedFacts;
  readonly signal: AbortSignal;
}

/** Plans all plays of a host, by their index. Its session is closed at the end. */
async function planHost(host: Host, context: HostContext): Promise<ReadonlyMap<number, DryRunHost>> {
  const planned = new Map<number, DryRunHost>();
  let before = NOTHING_SHIPPED;
  let lost: FusionPlayError | undefined;
  try {
    for (const [index, { planner, hosts }] of context.plays.entries()) {
      if (!hosts.some(({ name }) => name === host.name)) continue;
      const facts = lost ?? (await factsOf(host, planner, context));
      if (facts instanceof FusionPlayError) {
        lost = facts;
        planned.set(index, unreachable(facts));
      } else {
        const plan = await planner.planAfter(before, facts);
        planned.set(index, plan.host);
        before = plan.shipped;
      }
    }
  } finally {
    await context.sessions.close(host);
  }
  return planned;
}

/** Asks a host about the code of a play; gives the error if it cannot be asked. */
async function factsOf(
  host: Host,
  planner: PlayPlanner,
  { facts, sessions, bootOf, signal }: HostContext,
): Promise<HostFacts | FusionPlayError> {
  signal.throwIfAborted();
  const node = await ofHost(sessions.get(host, { signal, onDemand: false, ...bootOf(host) }), signal);
  if (node instanceof FusionPlayError) return node;
  const question = await planner.question(node.runtime);
  const code = await ofHost(node.inspect(question, { signal }), signal);
  return code instanceof FusionPlayError ? code : facts.share(question, { runtime: node.runtime, code });
}

/** What a host gives, or why it does not: past the host boundary a failure is a value. */
async function ofHost<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result | FusionPlayError> {
  try {
    return await work;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FusionPlayError) return error;
    throw error;
  }
}

/** What is known of a host that cannot be asked. */
function unreachable(error: FusionPlayError): DryRunHost {
  return {
    steps: [],
    problems: [],
    totals: { modules: 0, bytes: 0, files: 0, file_bytes: 0 },
    runtime: null,
    error: errorReport(error),
  };
}
