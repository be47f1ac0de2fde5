import { FusionPlayError } from "../errors.ts";
import { displayModule } from "../etf/module-name.ts";
import type { CallTemplate, Play, Step } from "../playbook/playbook.ts";
import { missingApplications } from "./applications-to-ship.ts";
import type { FunctionName, ModuleExamination } from "./code-examination.ts";
import { codeFindings, dryRunFunction, type CodeFindings } from "./code-findings.ts";
import { callOfStep } from "./call-of-step.ts";
import { dryRunFiles, dryRunModules, dryRunViolation } from "./dry-run-code.ts";
import type { DryRunHost, DryRunModule, DryRunProblem, DryRunStep } from "./dry-run-report.ts";
import { OWN_REASONS } from "./host-code.ts";
import type { HostFacts } from "./host-facts.ts";
import type { ModuleSource, ShippedModule } from "./module-source.ts";
import { plannedApplications } from "./planned-applications.ts";
import { deniedCall, deniedEffects, mayBeMissing } from "./policy.ts";
import { releaseFindings } from "./release-findings.ts";
import { rootsOfStep } from "./roots-of-step.ts";
import type { ShippedApplication } from "./shipped-application.ts";
import { sourcePlace } from "./source-place.ts";

const INSTALLED_HERE = "belongs to the Erlang or Elixir of hosts, going by those installed here";

/** What a host has been sent. */
export interface Shipped {
  /** Modules by name, and the code paths that they came from. */
  readonly modules: ReadonlyMap<string, { readonly md5: string; readonly source: ModuleSource }>;
  /** Fingerprints of applications, by name. */
  readonly applications: ReadonlyMap<string, string>;
}

export const NOTHING_SHIPPED: Shipped = { modules: new Map(), applications: new Map() };

export interface StepPlannerOptions {
  readonly play: Play;
  /** The modules of the code paths; for a host that is known to have only Erlang, with those of Elixir. */
  readonly source: ModuleSource;
  /** What the host says of itself; undefined where it is not asked. */
  readonly facts: HostFacts | undefined;
  readonly before: Shipped;
  /** Code paths of earlier plays that the host may have got any module of: nobody knows which. */
  readonly perhaps: readonly ModuleSource[];
  readonly signal: AbortSignal;
}

/** Where a step stands, so that it may not be run. */
export interface StepPlace {
  /** Whether it is only run where others fail. */
  readonly isRescue: boolean;
  /** Whether it is only run where others notify it. */
  readonly isHandler: boolean;
}

/** What a step ships. */
interface StepCode {
  readonly applications: readonly ShippedApplication[];
  readonly modules: readonly ShippedModule[];
}

const NO_CODE: StepCode = { applications: [], modules: [] };

/** Plans the steps of a play, one after another. */
export class StepPlanner {
  readonly shipped: {
    readonly modules: Map<string, { readonly md5: string; readonly source: ModuleSource }>;
    readonly applications: Map<string, string>;
  };
  readonly #options: StepPlannerOptions;
  readonly #source: ModuleSource;
  readonly #facts: HostFacts | undefined;
  /** Modules whose code was looked at for a step before; that of modules that hosts may fetch is, too. */
  readonly #seen: Set<string> = new Set();
  /** Modules that steps before ship or use, so that the policy has been asked about them. */
  readonly #policed: Set<string> = new Set();

  constructor(options: StepPlannerOptions) {
    const { source, facts, before } = options;
    this.#options = options;
    this.#source = source;
    this.#facts = facts;
    this.shipped = { modules: new Map(before.modules), applications: new Map(before.applications) };
  }

  async plan(step: Step, place: StepPlace): Promise<DryRunStep> {
    const findings: CodeFindings = { problems: [], warnings: [], unknown_calls: [], unchecked_calls: [] };
    const assumed = new Set<string>();
    const isThere = async (called: FunctionName): Promise<boolean> => {
      if (await this.#isElsewhere(called)) return true;
      if (!(await this.#mayBeElsewhere(called))) return false;
      assumed.add(called.module);
      return true;
    };
    const call = callOfStep(step);
    if (call !== undefined) await this.#checkCall(call, findings, isThere);
    const { applications, modules } = await this.#plannedOf(step, findings);
    const changed = applications.filter(
      ({ name, fingerprint }) => this.shipped.applications.get(name) !== fingerprint,
    );
    const fresh = modules.filter((module) => this.#isFresh(module));
    const freshNames = new Set(fresh.map(({ name }) => name));
    const examined = await this.#examine(modules);
    const isNew = ({ module }: ModuleExamination): boolean =>
      freshNames.has(module) && !this.#seen.has(module);
    const found = await codeFindings(examined.filter(isNew), isThere);
    const releases = releaseFindings(
      fresh.filter(({ name }) => !this.#seen.has(name)),
      this.#facts?.runtime.otp,
    );
    const isPushed = ({ module }: DryRunModule): boolean => freshNames.has(module) && !this.#isFetching(step);
    const planned: DryRunStep = {
      name: step.name,
      kind: step.kind,
      ...(place.isHandler ? { handler: true } : {}),
      ...sourcePlace(step.location),
      would_push: this.#shown(modules, examined).filter(isPushed),
      would_push_files: changed.flatMap(dryRunFiles),
      problems: [
        ...findings.problems,
        ...this.#unfit(changed),
        ...releases.problems,
        ...found.problems,
        ...this.#denied(examined),
      ],
      warnings: [...releases.warnings, ...found.warnings],
      unknown_calls: found.unknown_calls,
      unchecked_calls: [...findings.unchecked_calls, ...found.unchecked_calls],
    };
    this.#note(step, { applications: changed, modules });
    if (this.#mayFetch(step)) planned.fetches = true;
    const unknown = [
      ...this.#unknownOf(step, place),
      ...Array.from(assumed, (name) => `whether an earlier play has shipped ${displayModule(name)}`),
    ];
    if (unknown.length > 0) planned.unknown = unknown.join("; ");
    return planned;
  }

  /** Notes what steps after this one find on the host. */
  #note(step: Step, { applications, modules }: StepCode): void {
    for (const { name, md5 } of modules) {
      this.#seen.add(name);
      if (!this.#isFetching(step)) this.shipped.modules.set(name, { md5, source: this.#source });
    }
    for (const { name, fingerprint } of applications) this.shipped.applications.set(name, fingerprint);
  }

  /** Whether the host fetches what the step calls, and nothing is shipped before. */
  #isFetching(step: Step): boolean {
    return isCall(step) && this.#options.play.codeLoading === "on_demand";
  }

  #mayFetch(step: Step): boolean {
    return isCall(step) && this.#options.play.codeLoading !== "closure";
  }

  #unknownOf(step: Step, { isRescue, isHandler }: StepPlace): string[] {
    const conditions = [
      ...(isHandler ? ["where it is notified"] : []),
      ...(isRescue ? ["where a step of its block fails"] : []),
      ...(step.runOnce ? ["on the host of a batch that comes to it first"] : []),
      ...(step.when.length > 0 ? [`when ${step.when.map(({ source }) => source).join(" and ")}`] : []),
    ];
    const unknown = conditions.length > 0 ? [`whether it runs: ${conditions.join(", ")}`] : [];
    if (this.#mayFetch(step)) {
      unknown.push(`which modules the host fetches${this.#isFetching(step) ? "" : " besides"}`);
    }
    return unknown;
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

  /** Examines modules, but not those of Elixir itself: they are trusted as those of a host are. */
  async #examine(modules: readonly ShippedModule[]): Promise<readonly ModuleExamination[]> {
    const own = modules.filter(({ elixir }) => elixir === null).map(({ name }) => name);
    return this.#source.examine(own, this.#facts?.code);
  }

  #isFresh({ name, md5 }: ShippedModule): boolean {
    return this.shipped.modules.get(name)?.md5 !== md5 && this.#facts?.code.current.has(name) !== true;
  }

  /** Tells of modules what would be shipped, with their effects and what they would replace. */
  #shown(modules: readonly ShippedModule[], examined: readonly ModuleExamination[]): DryRunModule[] {
    const shown = dryRunModules(modules, examined);
    if (this.#facts === undefined) return shown;
    const { replaced } = this.#facts.code;
    return shown.map((module) => ({
      ...module,
      // What an earlier step shipped is no code of the host.
      replaces: this.shipped.modules.has(module.module) ? null : (replaced.get(module.module) ?? null),
    }));
  }

  async #closureWithElixir(step: Step, source: ModuleSource): Promise<readonly ShippedModule[]> {
    try {
      return (await this.#shippedBy(step, source)).modules;
    } catch (error) {
      // What is missing everywhere is told by the step itself, and that Elixir is missing here matters to few.
      if (error instanceof FusionPlayError && isProblem(error.code)) return [];
      throw error;
    }
  }

  /** What the step ships, without what the host keeps as it is. */
  async #plannedOf(step: Step, findings: CodeFindings): Promise<StepCode> {
    try {
      if (step.kind === "push") await this.#checkNamed(step.modules, findings);
      const { applications, modules } = await this.#shippedBy(step, this.#source);
      const named = applications.flatMap((application) => application.modules);
      await this.#checkNamed(named, findings);
      const kept = await this.#keptAmong(modules.map(({ name }) => name));
      return { applications, modules: modules.filter(({ name }) => !kept.has(name)) };
    } catch (error) {
      if (!(error instanceof FusionPlayError) || !isProblem(error.code)) throw error;
      findings.problems.push({ code: error.code, message: error.message });
      return NO_CODE;
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
    const { applications, missing } = await plannedApplications(step.application.name, source, {
      shipped: this.shipped.applications.keys(),
      host: this.#facts?.code,
    });
    const where = this.#facts === undefined ? "Erlang and Elixir" : "the host";
    if (missing.length > 0) throw missingApplications(missing, where);
    return applications;
  }

  /** The modules that a step ships, without those that hosts do not take, as they have them of their own. */
  async #rootsOf(step: Step, source: ModuleSource): Promise<readonly string[]> {
    const roots = await rootsOfStep(step, source, this.#options.signal);
    if (step.kind !== "push") return roots;
    const kept = await this.#keptAmong(roots.filter((name) => source.has(name)));
    return roots.filter((name) => !kept.has(name));
  }

  /** Checks modules that a push names, itself or with their application: it fails where a host keeps one. */
  async #checkNamed(modules: readonly string[], findings: CodeFindings): Promise<void> {
    const kept = await this.#keptAmong(modules.filter((name) => this.#source.has(name)));
    for (const name of kept) {
      const own = this.#facts?.code.own.get(name);
      const why = own === undefined ? INSTALLED_HERE : OWN_REASONS[own];
      findings.problems.push({
        code: "MODULE_PROTECTED",
        message: `Cannot push ${displayModule(name)}: it ${why}`,
      });
    }
  }

  /** Those of `modules` that the host keeps as they are. */
  async #keptAmong(modules: readonly string[]): Promise<ReadonlySet<string>> {
    if (this.#facts === undefined) return this.#source.providedAmong(modules);
    const { own } = this.#facts.code;
    return new Set(modules.filter((name) => own.has(name)));
  }

  async #checkCall(
    call: CallTemplate,
    findings: CodeFindings,
    isThere: (called: FunctionName) => Promise<boolean>,
  ): Promise<void> {
    const called = { module: call.module, name: call.function, arity: call.arity };
    const denied = await deniedCall(called, call.arguments(undefined), {
      policy: this.#options.play.policy,
      source: this.#source,
    });
    if (denied !== undefined) findings.problems.push(dryRunViolation(denied));
    const check = await this.#source.checkCall(called, this.#facts?.code);
    if (check === "found" || (await isThere(called))) return;
    if (check === "unchecked") findings.unchecked_calls.push(dryRunFunction(called));
    else findings.problems.push({ ...check, called: dryRunFunction(called) });
  }

  /** Applications whose libraries the host cannot load. */
  #unfit(applications: readonly ShippedApplication[]): DryRunProblem[] {
    return applications.flatMap(({ name }) => {
      const unfit = this.#facts?.code.unfit.get(name);
      const code = "ARCHITECTURE_MISMATCH";
      return unfit === undefined
        ? []
        : [
            {
              code,
              message: `Cannot push the application ${name}: ${unfit}, and the host is ${this.#facts?.runtime.architecture}`,
            },
          ];
    });
  }

  /** What the policy denies of modules that no step before has. */
  #denied(examined: readonly ModuleExamination[]): DryRunProblem[] {
    const unpoliced = examined.filter(({ module }) => !this.#policed.has(module));
    for (const { module } of unpoliced) this.#policed.add(module);
    return deniedEffects(unpoliced, this.#options.play.policy).map(dryRunViolation);
  }

  /** Whether a function need not be on the code paths: an earlier play shipped it, or the policy says so. */
  async #isElsewhere(called: FunctionName): Promise<boolean> {
    if (mayBeMissing(this.#options.play.policy, called)) return true;
    const source = this.shipped.modules.get(called.module)?.source;
    return source !== undefined && source !== this.#source && (await source.checkCall(called)) === "found";
  }

  async #mayBeElsewhere(called: FunctionName): Promise<boolean> {
    for (const source of this.#options.perhaps) {
      if (source.has(called.module) && (await source.checkCall(called)) === "found") return true;
    }
    return false;
  }
}

/** Whether the step calls a function on the host. */
function isCall(step: Step): boolean {
  return step.kind === "eval" || callOfStep(step) !== undefined;
}

const PROBLEMS: ReadonlySet<string> = new Set([
  "MODULE_NOT_FOUND",
  "FUNCTION_NOT_FOUND",
  "APPLICATION_NOT_FOUND",
  "ELIXIR_NOT_FOUND",
]);

/** Whether an error is one that a dry run tells of, and goes on. */
function isProblem(code: string): boolean {
  return PROBLEMS.has(code);
}
