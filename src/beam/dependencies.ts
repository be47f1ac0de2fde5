import type { NeedReason, ShippedModule } from "../engine/module-source.ts";
import { isElixirModule } from "../etf/module-name.ts";
import { closureOf } from "./closure.ts";
import { moduleGraph } from "./module-graph.ts";
import type { NameSet } from "./name-set.ts";
import type { ModuleStore } from "./module-store.ts";
import { NeedReasons } from "./need-reasons.ts";
import type { PackedModule } from "./shipper.ts";

/** A module that another one needs, and why. */
export interface Need {
  readonly module: string;
  readonly reason: NeedReason;
}

export interface DependencyModule extends ShippedModule {
  /** Size of the file that it was read from. */
  readonly fileBytes: number;
  /** All modules of the closure that it needs. */
  readonly needs: readonly Need[];
  /** The modules of Erlang and Elixir that it needs. */
  readonly needsProvided: readonly Need[];
}

/** The closure of modules as a graph with all of its edges. */
export interface Dependencies {
  /** The modules that were asked for, without those that Erlang and Elixir provide. */
  readonly roots: readonly string[];
  /** In the order in which they are shipped: dependencies before dependents. */
  readonly modules: readonly DependencyModule[];
  /** The modules of Erlang and Elixir among all that was asked for and is needed, sorted. */
  readonly provided: readonly string[];
}

export interface DependenciesOptions {
  readonly store: ModuleStore;
  readonly pack: (module: string) => PackedModule;
  /** Modules that are where the code will run, and are never shipped. */
  readonly provided: NameSet;
}

/** Finds the closure of modules, each of which the store has or is provided, and every need in it. */
export function findDependencies(
  asked: readonly string[],
  { store, pack, provided }: DependenciesOptions,
): Dependencies {
  const isProvided = (module: string): boolean => provided.has(module);
  const graph = moduleGraph(store, isProvided);
  const roots = Array.from(new Set(asked)).filter(graph.has);
  const { entries, implementations } = closureOf(roots, graph);
  const reasons = new NeedReasons(store, implementations);
  const modules = entries.map(({ module, neededBy }): DependencyModule => {
    const needOf = (needed: string): Need => ({ module: needed, reason: reasons.reason(module, needed) });
    const needed = new Set([...graph.needs(module), ...reasons.implementationsFor(module)]);
    return {
      ...pack(module),
      neededBy,
      reason: neededBy === null ? null : reasons.reason(neededBy, module),
      fileBytes: store.load(module).fileBytes,
      needs: Array.from(needed, needOf),
      needsProvided: store.named(module, provided).map(needOf).filter(isMeant),
    };
  });
  const needed = [
    ...asked.filter(isProvided),
    ...modules.flatMap(({ needsProvided }) => needsProvided.map((need) => need.module)),
  ];
  return { roots, modules, provided: Array.from(new Set(needed)).sort() };
}

/** Many modules of Erlang have everyday words for names: `file`, `user`, `queue`. */
function isMeant({ module, reason }: Need): boolean {
  return reason.type !== "atom" || isElixirModule(module);
}
