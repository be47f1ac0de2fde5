import { FusionPlayError } from "../errors.ts";
import type { Play, Step } from "../playbook/playbook.ts";
import type { DryRunHost, DryRunModule, DryRunProblem, DryRunReport, DryRunStep } from "./dry-run-report.ts";
import type { CodeProblem, ModuleSource, ShippedModule } from "./module-source.ts";
import { hostsOfPlays } from "./play-hosts.ts";
import { pushedModule } from "./pushed-module.ts";
import type { PlanOptions } from "./run-options.ts";
import { selectSteps } from "./select-steps.ts";

const PROBLEMS_EXIT_CODE = 7;
const FUNCTION_STEPS = "what its function of steps ships and calls";

/**
 * Finds out what a run would ship to each host, and what would be missing there, without any
 * connection. A host is taken to have Erlang and Elixir and none of the play's modules.
 *
 * @throws {FusionPlayError} no host or step is left, or code cannot be read or compiled
 */
export async function dryRun(options: PlanOptions): Promise<DryRunReport> {
  const { playbooks, tags = [], skipTags = [], startAtStep } = options;
  const plays = selectSteps(playbooks, { tags, skipTags, startAtStep });
  const hosts = hostsOfPlays(plays, options);
  const report: DryRunReport = { version: 1, status: "ok", exit_code: 0, plays: [] };
  /** What hosts have by now. Those that took part in the same plays share an entry. */
  let shippedOf = new Map<string, ReadonlySet<string>>();
  for (const [index, play] of plays.entries()) {
    const source = await options.openModules(play, options.signal);
    const planner = new PlayPlanner(play, source, options.signal);
    const next = new Map(shippedOf);
    const byHost: Record<string, DryRunHost> = {};
    for (const { name } of hosts[index] ?? []) {
      const plan = await planner.planAfter(shippedOf.get(name) ?? NOTHING);
      byHost[name] = plan.host;
      next.set(name, plan.shipped);
    }
    shippedOf = next;
    report.plays.push({ name: play.name, hosts: byHost });
  }
  if (hasProblems(report)) return { ...report, status: "problems", exit_code: PROBLEMS_EXIT_CODE };
  return report;
}

const NOTHING: ReadonlySet<string> = new Set();

interface Plan {
  readonly host: DryRunHost;
  /** Modules, with md5, that the host has after the play. */
  readonly shipped: ReadonlySet<string>;
}

/** Plans one play, once for each set of modules that hosts come with. */
class PlayPlanner {
  readonly #play: Play;
  readonly #source: ModuleSource;
  readonly #signal: AbortSignal;
  readonly #plans: Map<ReadonlySet<string>, Plan> = new Map();

  constructor(play: Play, source: ModuleSource, signal: AbortSignal) {
    this.#play = play;
    this.#source = source;
    this.#signal = signal;
  }

  async planAfter(before: ReadonlySet<string>): Promise<Plan> {
    const known = this.#plans.get(before);
    if (known !== undefined) return known;
    const plan = await this.#plan(before);
    this.#plans.set(before, plan);
    return plan;
  }

  async #plan(before: ReadonlySet<string>): Promise<Plan> {
    const { steps } = this.#play;
    const host: DryRunHost = { steps: [], problems: [], totals: { modules: 0, bytes: 0 } };
    if (typeof steps === "function") return { host: { ...host, unknown: FUNCTION_STEPS }, shipped: before };
    const shipped = new Set(before);
    for (const step of steps) {
      const planned = await this.#step(step, shipped);
      host.steps.push(planned);
      host.totals.modules += planned.would_push.length;
      host.totals.bytes += planned.would_push.reduce((sum, { bytes }) => sum + bytes, 0);
    }
    return { host, shipped };
  }

  async #step(step: Step, shipped: Set<string>): Promise<DryRunStep> {
    const problems: DryRunProblem[] = [];
    const modules = await this.#modulesOf(step, problems);
    const fresh = modules.filter((module) => !shipped.has(identity(module)));
    for (const module of fresh) shipped.add(identity(module));
    const planned: DryRunStep = {
      name: step.name,
      kind: step.kind,
      would_push: fresh.map(dryRunModule),
      problems,
    };
    if (step.when.length > 0) {
      planned.unknown = `whether it runs: when ${step.when.map(({ source }) => source).join(" and ")}`;
    }
    return planned;
  }

  async #modulesOf(step: Step, problems: DryRunProblem[]): Promise<readonly ShippedModule[]> {
    try {
      const roots = await this.#rootsOf(step, problems);
      const closure = roots.length === 0 ? [] : this.#source.closure(roots);
      const provided = await this.#source.providedAmong(closure.map(({ name }) => name));
      return closure.filter(({ name }) => !provided.has(name));
    } catch (error) {
      if (!(error instanceof FusionPlayError) || !isCodeProblem(error.code)) throw error;
      problems.push({ code: error.code, message: error.message });
      return [];
    }
  }

  /** Modules that the step asks for by name. Arguments may name more; they are known only in a run. */
  async #rootsOf(step: Step, problems: DryRunProblem[]): Promise<readonly string[]> {
    switch (step.kind) {
      case "push":
        return step.modules;
      case "run": {
        const { module, function: name, arity } = step.call;
        problems.push(...(await this.#source.problemsOfCall(module, name, arity)));
        return this.#source.has(module) ? [module] : [];
      }
      case "eval":
        return [await this.#source.compileInline(step.code, this.#signal)];
      case "assert":
        return [];
    }
  }
}

function identity({ name, md5 }: ShippedModule): string {
  return `${name} ${md5}`;
}

function dryRunModule(module: ShippedModule): DryRunModule {
  return { ...pushedModule(module), file: module.file };
}

function isCodeProblem(code: string): code is CodeProblem["code"] {
  return code === "MODULE_NOT_FOUND" || code === "FUNCTION_NOT_FOUND";
}

function hasProblems({ plays }: DryRunReport): boolean {
  return plays.some(({ hosts }) =>
    Object.values(hosts).some(
      ({ problems, steps }) => problems.length > 0 || steps.some((step) => step.problems.length > 0),
    ),
  );
}
