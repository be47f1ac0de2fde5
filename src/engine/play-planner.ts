import { FusionPlayError } from "../errors.ts";
import { displayModule } from "../etf/module-name.ts";
import type { Effect, Play, Step } from "../playbook/playbook.ts";
import type { CodeProblem, FunctionName, ModuleExamination, OwnEffect } from "./code-examination.ts";
import { codeFindings, dryRunCaller, dryRunFunction, type CodeFindings } from "./code-findings.ts";
import { constantArguments } from "./constant-arguments.ts";
import type { DryRunEffect, DryRunHost, DryRunProblem, DryRunStep } from "./dry-run-report.ts";
import type { ModuleSource, ShippedModule } from "./module-source.ts";
import { deniedCall, deniedEffects, mayBeMissing, type PolicyViolation } from "./policy.ts";
import { pushedModule } from "./pushed-module.ts";
import { reachedEffects } from "./reached-effects.ts";
import { rootsOfStep } from "./roots-of-step.ts";

const FUNCTION_STEPS = "what its function of steps ships and calls";

/** What a host has been sent, by name, and the code paths that it came from. */
export type ShippedModules = ReadonlyMap<string, { readonly md5: string; readonly source: ModuleSource }>;

export const NOTHING_SHIPPED: ShippedModules = new Map();

/** What would happen in a play on hosts that come with the same modules. */
export interface PlayPlan {
  readonly host: DryRunHost;
  /** What the host has after the play. */
  readonly shipped: ShippedModules;
}

/** Plans one play, once for each set of modules that hosts come with. */
export class PlayPlanner {
  readonly #play: Play;
  readonly #source: ModuleSource;
  readonly #signal: AbortSignal;
  readonly #plans: Map<ShippedModules, PlayPlan> = new Map();

  constructor(play: Play, source: ModuleSource, signal: AbortSignal) {
    this.#play = play;
    this.#source = source;
    this.#signal = signal;
  }

  async planAfter(before: ShippedModules): Promise<PlayPlan> {
    const known = this.#plans.get(before);
    if (known !== undefined) return known;
    const plan = await this.#plan(before);
    this.#plans.set(before, plan);
    return plan;
  }

  async #plan(before: ShippedModules): Promise<PlayPlan> {
    const { steps } = this.#play;
    const host: DryRunHost = { steps: [], problems: [], totals: { modules: 0, bytes: 0 } };
    if (typeof steps === "function") return { host: { ...host, unknown: FUNCTION_STEPS }, shipped: before };
    const planner = new StepPlanner(this.#play, this.#source, { before, signal: this.#signal });
    for (const step of steps) {
      const planned = await planner.plan(step);
      await planner.addElixir(step, host);
      host.steps.push(planned);
      host.totals.modules += planned.would_push.length;
      host.totals.bytes += planned.would_push.reduce((sum, { bytes }) => sum + bytes, 0);
    }
    return { host, shipped: planner.shipped };
  }
}

/** Plans the steps of a play, one after another. */
class StepPlanner {
  readonly shipped: Map<string, { readonly md5: string; readonly source: ModuleSource }>;
  readonly #play: Play;
  readonly #source: ModuleSource;
  readonly #signal: AbortSignal;
  /** Modules that steps before ship or use, so that the policy has been asked about them. */
  readonly #policed: Set<string> = new Set();

  constructor(
    play: Play,
    source: ModuleSource,
    { before, signal }: { before: ShippedModules; signal: AbortSignal },
  ) {
    this.#play = play;
    this.#source = source;
    this.shipped = new Map(before);
    this.#signal = signal;
  }

  async plan(step: Step): Promise<DryRunStep> {
    const findings: CodeFindings = { problems: [], warnings: [], unknown_calls: [], unchecked_calls: [] };
    if (step.kind === "run") await this.#checkCall(step, findings);
    const modules = await this.#modulesOf(step, findings);
    const examined = await this.#source.examine(modules.map(({ name }) => name));
    const fresh = new Set(modules.filter((module) => this.#isFresh(module)).map(({ name }) => name));
    const isFresh = ({ module }: ModuleExamination): boolean => fresh.has(module);
    const found = await codeFindings(examined.filter(isFresh), (called) => this.#isElsewhere(called));
    const planned: DryRunStep = {
      name: step.name,
      kind: step.kind,
      would_push: dryRunModules(modules, examined).filter(({ module }) => fresh.has(module)),
      problems: [...findings.problems, ...found.problems, ...this.#denied(examined)],
      warnings: found.warnings,
      unknown_calls: found.unknown_calls,
      unchecked_calls: [...findings.unchecked_calls, ...found.unchecked_calls],
    };
    for (const { name, md5 } of modules) this.shipped.set(name, { md5, source: this.#source });
    if (step.when.length > 0) {
      planned.unknown = `whether it runs: when ${step.when.map(({ source }) => source).join(" and ")}`;
    }
    return planned;
  }

  #isFresh({ name, md5 }: ShippedModule): boolean {
    return this.shipped.get(name)?.md5 !== md5;
  }

  /** Adds what of Elixir a host with only Erlang would get before the step runs. */
  async addElixir(step: Step, host: DryRunHost): Promise<void> {
    const source = await this.#source.withElixir();
    for (const { name, md5, binary, elixir } of await this.#closureWithElixir(step, source)) {
      if (elixir === null || this.shipped.get(name)?.md5 === md5) continue;
      this.shipped.set(name, { md5, source });
      host.without_elixir ??= { elixir, modules: 0, bytes: 0 };
      host.without_elixir.modules++;
      host.without_elixir.bytes += binary.byteLength;
    }
  }

  async #closureWithElixir(step: Step, source: ModuleSource): Promise<readonly ShippedModule[]> {
    try {
      return closureOf(await this.#rootsOf(step, source), source);
    } catch (error) {
      // What is missing everywhere is told by the step itself, and that Elixir is missing here matters to few.
      const isTold = error instanceof FusionPlayError && isCodeProblem(error.code);
      if (isTold || (error instanceof FusionPlayError && error.code === "ELIXIR_NOT_FOUND")) return [];
      throw error;
    }
  }

  async #modulesOf(step: Step, findings: CodeFindings): Promise<readonly ShippedModule[]> {
    try {
      if (step.kind === "push") await this.#checkPush(step.modules, findings);
      const closure = closureOf(await this.#rootsOf(step, this.#source), this.#source);
      const provided = await this.#source.providedAmong(closure.map(({ name }) => name));
      return closure.filter(({ name }) => !provided.has(name));
    } catch (error) {
      if (!(error instanceof FusionPlayError) || !isCodeProblem(error.code)) throw error;
      findings.problems.push({ code: error.code, message: error.message });
      return [];
    }
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
    const source = this.shipped.get(called.module)?.source;
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

function closureOf(roots: readonly string[], source: ModuleSource): readonly ShippedModule[] {
  return roots.length === 0 ? [] : source.closure(roots);
}

function isCodeProblem(code: string): code is CodeProblem["code"] {
  return code === "MODULE_NOT_FOUND" || code === "FUNCTION_NOT_FOUND";
}
