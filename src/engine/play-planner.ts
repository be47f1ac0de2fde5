import { FusionPlayError } from "../errors.ts";
import { displayModule } from "../etf/module-name.ts";
import type { Play, Step } from "../playbook/playbook.ts";
import type { CodeProblem, FunctionName } from "./code-examination.ts";
import { codeFindings, dryRunFunction, type CodeFindings } from "./code-findings.ts";
import type { DryRunHost, DryRunModule, DryRunStep } from "./dry-run-report.ts";
import type { ModuleSource, ShippedModule } from "./module-source.ts";
import { pushedModule } from "./pushed-module.ts";

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
    const planner = new StepPlanner(this.#source, before, this.#signal);
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
  readonly #source: ModuleSource;
  readonly #signal: AbortSignal;

  constructor(source: ModuleSource, before: ShippedModules, signal: AbortSignal) {
    this.#source = source;
    this.shipped = new Map(before);
    this.#signal = signal;
  }

  async plan(step: Step): Promise<DryRunStep> {
    const findings: CodeFindings = { problems: [], warnings: [], unknown_calls: [], unchecked_calls: [] };
    const modules = await this.#modulesOf(step, findings);
    const fresh = modules.filter(({ name, md5 }) => this.shipped.get(name)?.md5 !== md5);
    for (const { name, md5 } of fresh) this.shipped.set(name, { md5, source: this.#source });
    const examined = await this.#source.examine(fresh.map(({ name }) => name));
    const found = await codeFindings(examined, (called) => this.#isShippedBefore(called));
    const planned: DryRunStep = {
      name: step.name,
      kind: step.kind,
      would_push: fresh.map(dryRunModule),
      problems: [...findings.problems, ...found.problems],
      warnings: found.warnings,
      unknown_calls: found.unknown_calls,
      unchecked_calls: [...findings.unchecked_calls, ...found.unchecked_calls],
    };
    if (step.when.length > 0) {
      planned.unknown = `whether it runs: when ${step.when.map(({ source }) => source).join(" and ")}`;
    }
    return planned;
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
      await this.#check(step, findings);
      const closure = closureOf(await this.#rootsOf(step, this.#source), this.#source);
      const provided = await this.#source.providedAmong(closure.map(({ name }) => name));
      return closure.filter(({ name }) => !provided.has(name));
    } catch (error) {
      if (!(error instanceof FusionPlayError) || !isCodeProblem(error.code)) throw error;
      findings.problems.push({ code: error.code, message: error.message });
      return [];
    }
  }

  /** Modules that the step asks for by name. Arguments may name more; they are known only in a run. */
  async #rootsOf(step: Step, source: ModuleSource): Promise<readonly string[]> {
    switch (step.kind) {
      case "push": {
        // Hosts do not take what they have of their own.
        const provided = await this.#providedAmong(step.modules);
        return step.modules.filter((name) => !provided.has(name));
      }
      case "run":
        return source.has(step.call.module) ? [step.call.module] : [];
      case "eval":
        return [await source.compileInline(step.code, this.#signal)];
      case "assert":
        return [];
    }
  }

  /** Finds out what is wrong with what the step itself asks for. */
  async #check(step: Step, findings: CodeFindings): Promise<void> {
    if (step.kind === "push") await this.#checkPush(step.modules, findings);
    if (step.kind !== "run") return;
    const { module, function: name, arity } = step.call;
    await this.#checkCall({ module, name, arity }, findings);
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

  async #checkCall(called: FunctionName, findings: CodeFindings): Promise<void> {
    const check = await this.#source.checkCall(called);
    if (check === "found" || (await this.#isShippedBefore(called))) return;
    if (check === "unchecked") findings.unchecked_calls.push(dryRunFunction(called));
    else findings.problems.push({ ...check, called: dryRunFunction(called) });
  }

  /** Whether a function is there because an earlier play with other code paths shipped it. */
  async #isShippedBefore(called: FunctionName): Promise<boolean> {
    const source = this.shipped.get(called.module)?.source;
    return source !== undefined && source !== this.#source && (await source.checkCall(called)) === "found";
  }
}

function closureOf(roots: readonly string[], source: ModuleSource): readonly ShippedModule[] {
  return roots.length === 0 ? [] : source.closure(roots);
}

function dryRunModule(module: ShippedModule): DryRunModule {
  return { ...pushedModule(module), file: module.file };
}

function isCodeProblem(code: string): code is CodeProblem["code"] {
  return code === "MODULE_NOT_FOUND" || code === "FUNCTION_NOT_FOUND";
}
