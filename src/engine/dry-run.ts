import type { DryRunHost, DryRunReport } from "./dry-run-report.ts";
import { checkVariables } from "./check-variables.ts";
import { hostsOfPlays } from "./play-hosts.ts";
import { NOTHING_SHIPPED, PlayPlanner, type Shipped } from "./play-planner.ts";
import type { PlanOptions } from "./run-options.ts";
import { selectSteps } from "./select-steps.ts";

const PROBLEMS_EXIT_CODE = 7;

/**
 * Finds out what a run would ship to each host, and what would be missing there, without any
 * connection. A host is taken to have Erlang and Elixir and none of the play's modules.
 *
 * @throws {FusionPlayError} no host or step is left, or code cannot be read or compiled
 * @throws {DocumentError} if a variable is read that nothing gives
 */
export async function dryRun(options: PlanOptions): Promise<DryRunReport> {
  const { playbooks, tags = [], skipTags = [], startAtStep } = options;
  const plays = selectSteps(playbooks, { tags, skipTags, startAtStep });
  const hosts = hostsOfPlays(plays, options);
  checkVariables(plays, hosts, options);
  const report: DryRunReport = { version: 1, status: "ok", exit_code: 0, plays: [] };
  /** What hosts have by now. Those that took part in the same plays share an entry. */
  let shippedOf = new Map<string, Shipped>();
  for (const [index, play] of plays.entries()) {
    const source = await options.openModules(play, options.signal);
    const planner = new PlayPlanner(play, source, options.signal);
    const next = new Map(shippedOf);
    const byHost: Record<string, DryRunHost> = {};
    for (const { name } of hosts[index] ?? []) {
      const plan = await planner.planAfter(shippedOf.get(name) ?? NOTHING_SHIPPED);
      byHost[name] = plan.host;
      next.set(name, plan.shipped);
    }
    shippedOf = next;
    report.plays.push({ name: play.name, hosts: byHost });
  }
  if (hasProblems(report)) return { ...report, status: "problems", exit_code: PROBLEMS_EXIT_CODE };
  return report;
}

function hasProblems({ plays }: DryRunReport): boolean {
  return plays.some(({ hosts }) =>
    Object.values(hosts).some(
      ({ problems, steps }) => problems.length > 0 || steps.some((step) => step.problems.length > 0),
    ),
  );
}
