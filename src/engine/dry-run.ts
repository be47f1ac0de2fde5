import { checkVariables } from "./check-variables.ts";
import { planConnected, type PlannedPlay, type Plans } from "./connected-dry-run.ts";
import type { DryRunHost, DryRunPlay, DryRunReport } from "./dry-run-report.ts";
import { hostsOfPlays } from "./play-hosts.ts";
import { PlayPlanner, type EarlierPlay } from "./play-planner.ts";
import type { ConnectNode } from "./remote-node.ts";
import type { PlanOptions } from "./run-options.ts";
import { selectSteps } from "./select-steps.ts";
import { sourcePlace } from "./source-place.ts";
import { NOTHING_SHIPPED, type Shipped } from "./step-planner.ts";

const PROBLEMS_EXIT_CODE = 7;
const UNREACHABLE_EXIT_CODE = 4;

export interface DryRunOptions extends PlanOptions {
  /** Connects to hosts, to compare with what they have. Without it, no connection is opened. */
  connect?: ConnectNode | undefined;
  /** How many hosts are asked at the same time. @default 50 */
  concurrency?: number;
  /** How many hosts are connected to at the same time. @default 16 */
  connectConcurrency?: number;
}

/**
 * Finds out what a run would ship to each host, and what would be missing there. Without a connection, a
 * host is taken to have the Erlang and Elixir that are installed here and none of the play's modules.
 *
 * @throws {FusionPlayError} no host or step is left, or code cannot be read or compiled
 * @throws {DocumentError} if a variable is read that nothing gives
 */
export async function dryRun(options: DryRunOptions): Promise<DryRunReport> {
  const {
    playbooks,
    tags = [],
    skipTags = [],
    startAtStep,
    connect,
    concurrency,
    connectConcurrency,
    signal,
  } = options;
  const plays = selectSteps(playbooks, { tags, skipTags, startAtStep });
  const hosts = hostsOfPlays(plays, options);
  checkVariables(plays, hosts, options);
  const planned: PlannedPlay[] = [];
  const earlier: EarlierPlay[] = [];
  for (const [index, play] of plays.entries()) {
    const source = await options.openModules(play, signal);
    const planner = new PlayPlanner({ play, source, earlier: [...earlier], signal });
    planned.push({ play, planner, hosts: hosts[index] ?? [] });
    earlier.push({ play, source });
  }
  const plans =
    connect === undefined
      ? await planOffline(planned)
      : await planConnected(planned, { connect, concurrency, connectConcurrency, signal });
  const report = plays.map(({ name, location }, index) => ({
    name,
    ...sourcePlace(location),
    // In the order of the inventory.
    hosts: Object.fromEntries(
      (hosts[index] ?? []).flatMap((host) => {
        const plan = plans[index]?.get(host.name);
        return plan === undefined ? [] : [[host.name, plan]];
      }),
    ),
  }));
  return { version: 1, ...verdictOf(report), plays: report };
}

async function planOffline(plays: readonly PlannedPlay[]): Promise<readonly Plans[]> {
  /** What hosts have by now. Those that took part in the same plays share an entry. */
  let shippedOf = new Map<string, Shipped>();
  const plans: Plans[] = [];
  for (const { planner, hosts } of plays) {
    const next = new Map(shippedOf);
    const byHost = new Map<string, DryRunHost>();
    for (const { name } of hosts) {
      const plan = await planner.planAfter(shippedOf.get(name) ?? NOTHING_SHIPPED);
      byHost.set(name, plan.host);
      next.set(name, plan.shipped);
    }
    shippedOf = next;
    plans.push(byHost);
  }
  return plans;
}

/** A problem is certain, and counts more than a host that may have none. */
function verdictOf(plays: readonly DryRunPlay[]): Pick<DryRunReport, "status" | "exit_code"> {
  if (hasProblems(plays)) return { status: "problems", exit_code: PROBLEMS_EXIT_CODE };
  const isUnreachable = plays.some(({ hosts }) =>
    Object.values(hosts).some(({ error = null }) => error !== null),
  );
  return isUnreachable
    ? { status: "unreachable", exit_code: UNREACHABLE_EXIT_CODE }
    : { status: "ok", exit_code: 0 };
}

function hasProblems(plays: readonly DryRunPlay[]): boolean {
  return plays.some(({ hosts }) => Object.values(hosts).some(({ problems }) => problems.length > 0));
}
