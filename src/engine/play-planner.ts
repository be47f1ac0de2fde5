import { FusionPlayError } from "../errors.ts";
import { missingApplications } from "./applications-to-ship.ts";
import { displayModule } from "../etf/module-name.ts";
import { allSteps, rescueSteps } from "../playbook/all-steps.ts";
import type { Effect, Play, Step } from "../playbook/playbook.ts";
import type { FunctionName, ModuleExamination, OwnEffect } from "./code-examination.ts";
import { codeFindings, dryRunCaller, dryRunFunction, type CodeFindings } from "./code-findings.ts";
import { constantArguments } from "./constant-arguments.ts";
import type { DryRunEffect, DryRunFile, DryRunHost, DryRunProblem, DryRunStep } from "./dry-run-report.ts";
import type { ModuleSource, ShippedModule } from "./module-source.ts";
import { plannedApplications } from "./planned-applications.ts";
import { deniedCall, deniedEffects, mayBeMissing, type PolicyViolation } from "./policy.ts";
import { pushedModule } from "./pushed-module.ts";
import { reachedEffects } from "./reached-effects.ts";
import { rootsOfStep } from "./roots-of-step.ts";
import type { ShippedApplication } from "./shipped-application.ts";

const FUNCTION_STEPS = "what its function of steps ships and calls";

/** What a host has been sent. */
export interface Shipped {
  /** Modules by name, and the code paths that they came from. */
  readonly modules: ReadonlyMap<string, { readonly md5: string; readonly source: ModuleSource }>;
  /** Fingerprints of applications, by name. */
  readonly applications: ReadonlyMap<string, string>;
}

export const NOTHING_SHIPPED: Shipped = { modules: new Map(), applications: new Map() };

/** What would happen in a play on hosts that come with the same modules. */
export interface PlayPlan {
  readonly host: DryRunHost;
  /** What the host has after the play. */
  readonly shipped: Shipped;
}

/** Plans one play, once for each set of modules that hosts come with. */
export class PlayPlanner {
  readonly #play: Play;
  readonly #source: ModuleSource;
  readonly #signal: AbortSignal;
  readonly #plans: Map<Shipped, PlayPlan> = new Map();

  constructor(play: Play, source: ModuleSource, signal: AbortSignal) {
    this.#play = play;
    this.#source = source;
    this.#signal = signal;
  }

  async planAfter(before: Shipped): Promise<PlayPlan> {
    const known = this.#plans.get(before);
    if (known !== undefined) return known;
    const plan = await this.#plan(before);
    this.#plans.set(before, plan);
    return plan;
  }

  async #plan(before: Shipped): Promise<PlayPlan> {
    const { steps } = this.#play;
    const totals = { modules: 0, bytes: 0, files: 0, file_bytes: 0 };
    const host: DryRunHost = { steps: [], problems: [], totals };
    if (typeof steps === "function") return { host: { ...host, unknown: FUNCTION_STEPS }, shipped: before };
    const planner = new StepPlanner(this.#play, this.#source, { before, signal: this.#signal });
    const rescuing = rescueSteps(steps);
    for (const step of allSteps(steps)) {
      const planned = await planner.plan(step, rescuing.has(step));
      await planner.addElixir(step, host);
      host.steps.push(planned);
      totals.modules += planned.would_push.length;
      totals.bytes += sizeOf(planned.would_push);
      totals.files += planned.would_push_files.length;
      totals.file_bytes += sizeOf(planned.would_push_files);
    }
    return { host, shipped: planner.shipped };
  }
}

/** What a step ships. */
interface StepCode {
  readonly applications: readonly ShippedApplication[];
  readonly modules: readonly ShippedModule[];
}

/** Plans the steps of a play, one after another. */
class StepPlanner {
  readonly shipped: {
    readonly modules: Map<string, { readonly md5: string; readonly source: ModuleSource }>;
    readonly applications: Map<string, string>;
  };
  readonly #play: Play;
  readonly #source: ModuleSource;
  readonly #signal: AbortSignal;
  /** Modules whose code was looked at for a step before; that of modules that hosts may fetch is, too. */
  readonly #seen: Set<string> = new Set();
  /** Modules that steps before ship or use, so that the policy has been asked about them. */
  readonly #policed: Set<string> = new Set();

  constructor(
    play: Play,
    source: ModuleSource,
    { before, signal }: { before: Shipped; signal: AbortSignal },
  ) {
    this.#play = play;
    this.#source = source;
    this.shipped = { modules: new Map(before.modules), applications: new Map(before.applications) };
    this.#signal = signal;
  }

  async plan(step: Step, isRescue: boolean): Promise<DryRunStep> {
    const findings: CodeFindings = { problems: [], warnings: [], unknown_calls: [], unchecked_calls: [] };
    if (step.kind === "run") await this.#checkCall(step, findings);
    const { applications, modules } = await this.#plannedOf(step, findings);
    const changed = applications.filter(
      ({ name, fingerprint }) => this.shipped.applications.get(name) !== fingerprint,
    );
    const examined = await this.#source.examine(modules.map(({ name }) => name));
    const fresh = new Set(modules.filter((module) => this.#isFresh(module)).map(({ name }) => name));
    const isNew = ({ module }: ModuleExamination): boolean => fresh.has(module) && !this.#seen.has(module);
    const found = await codeFindings(examined.filter(isNew), (called) => this.#isElsewhere(called));
    const isPushed = ({ module }: { module: string }): boolean =>
      fresh.has(module) && !this.#isFetching(step);
    const planned: DryRunStep = {
      name: step.name,
      kind: step.kind,
      would_push: dryRunModules(modules, examined).filter(isPushed),
      would_push_files: changed.flatMap(dryRunFiles),
      problems: [...findings.problems, ...found.problems, ...this.#denied(examined)],
      warnings: found.warnings,
      unknown_calls: found.unknown_calls,
      unchecked_calls: [...findings.unchecked_calls, ...found.unchecked_calls],
    };
    for (const { name, md5 } of modules) {
      this.#seen.add(name);
      if (!this.#isFetching(step)) this.shipped.modules.set(name, { md5, source: this.#source });
    }
    for (const { name, fingerprint } of changed) this.shipped.applications.set(name, fingerprint);
    const unknown = this.#unknownOf(step, isRescue);
    if (unknown.length > 0) planned.unknown = unknown.join("; ");
    return planned;
  }

  /** Whether the host fetches what the step calls, and nothing is shipped before. */
  #isFetching(step: Step): boolean {
    return isCall(step) && this.#play.codeLoading === "on_demand";
  }

  #unknownOf(step: Step, isRescue: boolean): string[] {
    const conditions = [
      ...(isRescue ? ["where a step of its block fails"] : []),
      ...(step.when.length > 0 ? [`when ${step.when.map(({ source }) => source).join(" and ")}`] : []),
    ];
    const unknown = conditions.length > 0 ? [`whether it runs: ${conditions.join(", ")}`] : [];
    if (isCall(step) && this.#play.codeLoading !== "closure") {
      unknown.push(`which modules the host fetches${this.#isFetching(step) ? "" : " besides"}`);
    }
    return unknown;
  }

  #isFresh({ name, md5 }: ShippedModule): boolean {
    return this.shipped.modules.get(name)?.md5 !== md5;
  }

  /** Adds what of Elixir a host with only Erlang would get before the step runs. */
  async addElixir(step: Step, host: DryRunHost): Promise<void> {
    if (this.#isFetching(step)) return;
    const source = await this.#source.withElixir();
    for (const { name, md5, binary, elixir } of await this.#closureWithElixir(step, source)) {
      if (elixir === null || this.shipped.modules.get(name)?.md5 === md5) continue;
      this.shipped.modules.set(name, { md5, source });
      host.without_elixir ??= { elixir, modules: 0, bytes: 0 };
      host.without_elixir.modules++;
      host.without_elixir.bytes += binary.byteLength;
    }
  }

  async #closureWithElixir(step: Step, source: ModuleSource): Promise<readonly ShippedModule[]> {
    try {
      return (await this.#shippedBy(step, source)).modules;
    } catch (error) {
      // What is missing everywhere is told by the step itself, and that Elixir is missing here matters to few.
      const isTold = error instanceof FusionPlayError && isProblem(error.code);
      if (isTold || (error instanceof FusionPlayError && error.code === "ELIXIR_NOT_FOUND")) return [];
      throw error;
    }
  }

  /** What the step ships to a host with Erlang and Elixir. */
  async #plannedOf(step: Step, findings: CodeFindings): Promise<StepCode> {
    try {
      if (step.kind === "push") await this.#checkPush(step.modules, findings);
      const { applications, modules } = await this.#shippedBy(step, this.#source);
      const provided = await this.#source.providedAmong(modules.map(({ name }) => name));
      return { applications, modules: modules.filter(({ name }) => !provided.has(name)) };
    } catch (error) {
      if (!(error instanceof FusionPlayError) || !isProblem(error.code)) throw error;
      findings.problems.push({ code: error.code, message: error.message });
      return { applications: [], modules: [] };
    }
  }

  async #shippedBy(step: Step, source: ModuleSource): Promise<StepCode> {
    const applications = await this.#applicationsOf(step, source);
    const roots = await this.#rootsOf(step, source);
    const modules = roots.length === 0 ? [] : source.closure(roots);
    return { applications, modules: [...source.closureOfApplications(applications), ...modules] };
  }

  async #applicationsOf(step: Step, source: ModuleSource): Promise<readonly ShippedApplication[]> {
    if (step.kind !== "push" || step.application === undefined) return [];
    const { name } = step.application;
    const { applications, missing } = await plannedApplications(
      name,
      source,
      this.shipped.applications.keys(),
    );
    if (missing.length > 0) throw missingApplications(missing, "Erlang and Elixir");
    return applications;
  }

  /** The modules that a step ships, without those that hosts do not take, as they have them of their own. */
  async #rootsOf(step: Step, source: ModuleSource): Promise<readonly string[]> {
    const roots = await rootsOfStep(step, source, this.#signal);
    if (step.kind !== "push") return roots;
    const provided = await this.#providedAmong(roots);
    return roots.filter((name) => !provided.has(name));
  }

  async #checkPush(modules: readonly string[], findings: CodeFindings): Promise<void> {
    for (const name of await this.#providedAmong(modules)) {
      findings.problems.push({
        code: "MODULE_PROTECTED",
        message: `Cannot push ${displayModule(name)}: it belongs to the Erlang or Elixir of hosts, going by those installed here`,
      });
    }
  }

  async #providedAmong(modules: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#source.providedAmong(modules.filter((name) => this.#source.has(name)));
  }

  async #checkCall({ call }: Extract<Step, { kind: "run" }>, findings: CodeFindings): Promise<void> {
    const called = { module: call.module, name: call.function, arity: call.arity };
    const denied = await deniedCall(called, constantArguments(call), {
      policy: this.#play.policy,
      source: this.#source,
    });
    if (denied !== undefined) findings.problems.push(dryRunViolation(denied));
    const check = await this.#source.checkCall(called);
    if (check === "found" || (await this.#isElsewhere(called))) return;
    if (check === "unchecked") findings.unchecked_calls.push(dryRunFunction(called));
    else findings.problems.push({ ...check, called: dryRunFunction(called) });
  }

  /** What the policy denies of modules that no step before has. */
  #denied(examined: readonly ModuleExamination[]): DryRunProblem[] {
    const unpoliced = examined.filter(({ module }) => !this.#policed.has(module));
    for (const { module } of unpoliced) this.#policed.add(module);
    return deniedEffects(unpoliced, this.#play.policy).map(dryRunViolation);
  }

  /** Whether a function need not be on the code paths: an earlier play shipped it, or the policy says so. */
  async #isElsewhere(called: FunctionName): Promise<boolean> {
    if (mayBeMissing(this.#play.policy, called)) return true;
    const source = this.shipped.modules.get(called.module)?.source;
    return source !== undefined && source !== this.#source && (await source.checkCall(called)) === "found";
  }
}

/** Tells of modules what would be shipped, with their effects. */
function dryRunModules(
  modules: readonly ShippedModule[],
  examined: readonly ModuleExamination[],
): DryRunStep["would_push"] {
  const reached = reachedEffects(examined);
  const own = new Map(examined.map(({ module, effects }) => [module, effects]));
  return modules.map((module) => ({
    ...pushedModule(module),
    file: module.file,
    effects: reached.get(module.name) ?? NO_EFFECTS,
    own_effects: (own.get(module.name) ?? []).map(dryRunEffect),
  }));
}

const NO_EFFECTS: readonly Effect[] = [];

function dryRunEffect({ effect, called, callers }: OwnEffect): DryRunEffect {
  return {
    effect,
    called: called === undefined ? null : dryRunFunction(called),
    callers: callers.map(dryRunCaller),
  };
}

function dryRunViolation({ code, message, called, callers }: PolicyViolation): DryRunProblem {
  return {
    code,
    message,
    ...(called === undefined ? {} : { called: dryRunFunction(called) }),
    callers: callers.map(dryRunCaller),
  };
}

function dryRunFiles({ name, files }: ShippedApplication): DryRunFile[] {
  return files.map(({ path, bytes, sha256, file }) => ({ application: name, path, bytes, sha256, file }));
}

function sizeOf(things: readonly { readonly bytes: number }[]): number {
  return things.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Whether the step calls a function on the host. */
function isCall({ kind }: Step): boolean {
  return kind === "run" || kind === "eval";
}

/** Whether an error is one that a dry run tells of, and goes on. */
function isProblem(code: string): boolean {
  return code === "MODULE_NOT_FOUND" || code === "FUNCTION_NOT_FOUND" || code === "APPLICATION_NOT_FOUND";
}
