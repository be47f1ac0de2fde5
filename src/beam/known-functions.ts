import type { CallCheck, CodeProblem } from "../engine/code-examination.ts";
import { isElixirModule } from "../etf/module-name.ts";
import { missingFunction, missingModule } from "./call-problems.ts";
import type { FunctionName } from "./function-tables.ts";
import { nearestModule } from "./module-name.ts";
import type { ModuleStore } from "./module-store.ts";
import type { ProvidedModules } from "./provided-modules.ts";

/** A module with this function answers calls of functions that it does not have. */
const UNDEFINED_FUNCTION_HANDLER = "$handle_undefined_function/2";

/** Tells which functions code finds where it runs. */
export interface FunctionLookup {
  /** Whether a call would find its function; undefined where that is not known. */
  has(called: FunctionName): boolean | undefined;
  /**
   * Checks whether a call would find its function.
   *
   * @param from The functions that call, where it is no step that does.
   */
  check(called: FunctionName, from?: string): CallCheck;
}

/** The functions that code would find where it runs: those of the code paths, of Erlang and of Elixir. */
export class KnownFunctions implements FunctionLookup {
  readonly #store: ModuleStore;
  readonly #provided: ProvidedModules;
  readonly #holders: readonly ModuleStore[];
  readonly #functions: Map<string, ReadonlySet<string> | undefined> = new Map();
  readonly #nearestOf: Map<string, string | undefined> = new Map();

  /** @param counts Of a module that is both on the code paths and provided. */
  constructor(
    store: ModuleStore,
    provided: ProvidedModules,
    { counts }: { counts: "code_path" | "provided" } = { counts: "provided" },
  ) {
    this.#store = store;
    this.#provided = provided;
    this.#holders = counts === "provided" ? [provided, store] : [store, provided];
  }

  has({ module, name, arity }: FunctionName): boolean | undefined {
    const functions = this.#functionsOf(module);
    if (functions === undefined) return this.#isKnown(module) ? false : undefined;
    return functions.has(`${name}/${arity}`) || functions.has(UNDEFINED_FUNCTION_HANDLER);
  }

  check(called: FunctionName, from?: string): CallCheck {
    const has = this.has(called);
    if (has === undefined) return "unchecked";
    return has ? "found" : this.#problemOf(called, from);
  }

  #problemOf(called: FunctionName, from: string | undefined): CodeProblem {
    const holder = this.#holderOf(called.module);
    if (holder === undefined) return missingModule(called, this.#nearest(called.module), from);
    return missingFunction(called, holder.load(called.module).beam, from);
  }

  /** Whether it is known that a module is there, or that it is not. */
  #isKnown(module: string): boolean {
    if (this.#holderOf(module) !== undefined) return true;
    return isElixirModule(module) ? this.#provided.elixir : this.#provided.erlang;
  }

  #nearest(module: string): string | undefined {
    if (!this.#nearestOf.has(module)) {
      const names = [...this.#store.files.keys(), ...this.#provided.files.keys()];
      this.#nearestOf.set(module, nearestModule(module, names));
    }
    return this.#nearestOf.get(module);
  }

  #holderOf(module: string): ModuleStore | undefined {
    return this.#holders.find(({ files }) => files.has(module));
  }

  #functionsOf(module: string): ReadonlySet<string> | undefined {
    if (this.#functions.has(module)) return this.#functions.get(module);
    const functions = this.#holderOf(module)?.exports(module);
    this.#functions.set(module, functions);
    return functions;
  }
}
