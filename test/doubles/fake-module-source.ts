import { FusionPlayError } from "../../src/errors.ts";
import type { ApplicationTree, ShippedApplication } from "../../src/engine/shipped-application.ts";
import type { CallCheck, FunctionName, ModuleExamination } from "../../src/engine/code-examination.ts";
import type { ModuleSource, ShippedModule } from "../../src/engine/module-source.ts";
import type { Effect, InlineCode, Location } from "../../src/playbook/playbook.ts";

const NOTHING_FOUND = {
  missing: [],
  dynamic: [],
  unchecked: [],
  effects: [],
  calls: [],
  needs: [],
  isCutShort: false,
};

/**
 * Code paths in memory: names of modules, and what each needs. Erlang has `lists`, here and on hosts.
 * For hosts with only Erlang, `Elixir.Kernel` is that of an Elixir which is installed here.
 */
export class FakeModuleSource implements ModuleSource {
  readonly compiled: InlineCode[] = [];
  /** Applications by name. */
  readonly applications: Map<string, ShippedApplication> = new Map();
  /** What is found in the code of modules. */
  readonly examined: Record<string, Partial<ModuleExamination>> = {};
  /** Modules of which nothing is known. */
  readonly unchecked: Set<string> = new Set();
  readonly #needs: Map<string, readonly string[]>;
  readonly #withElixir: Readonly<Record<string, readonly string[]>> | undefined;

  /** @param withElixir What modules need on hosts that have only Erlang, where that is something else. */
  constructor(
    needs: Readonly<Record<string, readonly string[]>> = {},
    withElixir?: Readonly<Record<string, readonly string[]>>,
  ) {
    this.#needs = new Map(Object.entries(needs));
    this.#withElixir = withElixir;
  }

  async withElixir(): Promise<ModuleSource> {
    return this.#withElixir === undefined ? this : new FakeModuleSource(this.#withElixir);
  }

  has(module: string): boolean {
    return this.#needs.has(module);
  }

  modules(): readonly string[] {
    return [...this.#needs.keys()];
  }

  module(name: string): ShippedModule | undefined {
    return this.has(name) ? shipped(name, null) : undefined;
  }

  closure(modules: readonly string[]): readonly ShippedModule[] {
    const found = new Map<string, ShippedModule>();
    const visit = (name: string, neededBy: string | null): void => {
      if (found.has(name)) return;
      const needs = this.#needs.get(name);
      if (needs === undefined) {
        throw new FusionPlayError(`Cannot find ${name}: no code path holds it`, { code: "MODULE_NOT_FOUND" });
      }
      found.set(name, shipped(name, neededBy));
      for (const needed of needs) visit(needed, name);
    };
    for (const module of modules) visit(module, null);
    return [...found.values()].toReversed();
  }

  async application(name: string): Promise<ApplicationTree> {
    if (this.applications.has(name)) return { root: name, applications: this.applications };
    throw new FusionPlayError(`Cannot find the application ${name}`, { code: "APPLICATION_NOT_FOUND" });
  }

  closureOfApplications(applications: readonly ShippedApplication[]): readonly ShippedModule[] {
    return this.closure(applications.flatMap(({ modules }) => modules));
  }

  async providedApplications(names: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(names.filter((name) => ["kernel", "stdlib", "elixir"].includes(name)));
  }

  async compileInline(code: InlineCode): Promise<string> {
    this.compiled.push(code);
    const name = `inline_${this.compiled.length}`;
    this.#needs.set(name, []);
    return name;
  }

  async providedAmong(modules: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(modules.filter((module) => module === "lists"));
  }

  locateInline({ location }: InlineCode): Location {
    return location;
  }

  async examine(modules: readonly string[]): Promise<readonly ModuleExamination[]> {
    return modules.map((module) => ({
      ...NOTHING_FOUND,
      module,
      needs: this.#needs.get(module) ?? [],
      ...this.examined[module],
    }));
  }

  async effectsOfCall({ module, name }: FunctionName): Promise<readonly Effect[]> {
    return `${module}:${name}` === "os:cmd" ? ["os.cmd"] : [];
  }

  async checkCall({ module, name, arity }: FunctionName): Promise<CallCheck> {
    if (this.has(module) || module === "erlang" || module === "os") return "found";
    if (this.unchecked.has(module)) return "unchecked";
    return { code: "MODULE_NOT_FOUND", message: `nobody provides ${module}:${name}/${arity}` };
  }
}

function shipped(name: string, neededBy: string | null): ShippedModule {
  return {
    name,
    binary: Buffer.from(name),
    md5: Buffer.from(name).toString("hex").padEnd(32, "0").slice(0, 32),
    neededBy,
    reason: neededBy === null ? null : { type: "atom", where: "code" },
    file: `lib/${name}.beam`,
    compiledBy: 25,
    minimumOtp: undefined,
    hasOnLoad: false,
    elixir: name === "Elixir.Kernel" ? "1.14.0" : null,
    application: undefined,
  };
}
