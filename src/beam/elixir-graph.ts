import { isElixirModule } from "../etf/module-name.ts";
import type { ModuleGraph } from "./closure.ts";
import { ELIXIR, type ElixirLibrary } from "./elixir-library.ts";

export interface ElixirGraphOptions {
  /** Who names whom among the modules of the code paths and those of Elixir. */
  readonly graph: ModuleGraph;
  readonly library: ElixirLibrary;
  /** Whether a module is one of Elixir's own, also where the code paths hold it. */
  readonly isOwn: (module: string) => boolean;
  /** Whether the code of a module calls functions of another one by name. */
  readonly calls: (module: string, called: string) => boolean;
}

/** A graph of modules with all that hosts without Elixir need of it. */
export interface ElixirGraph extends ModuleGraph {
  /** Whether a module needs another one because the application `elixir` is started. */
  isStarted(module: string, needed: string): boolean;
}

/**
 * Adds to a graph that Elixir's own modules need the application `elixir`, which is started with
 * them, and takes from it what only looks like a need: an atom such as `elixir` or `mix` in the
 * code of others is most often the name of an application.
 */
export function elixirGraph({ graph, library, isOwn, calls }: ElixirGraphOptions): ElixirGraph {
  const started = library.started.filter(isOwn);
  const startedWith = (module: string): readonly string[] => {
    if (module === ELIXIR) return started;
    return isOwn(module) ? [ELIXIR] : [];
  };
  const isNeed = (module: string, needed: string): boolean => {
    // A protocol of Elixir that a project has consolidated is in the place of Elixir's own, either way.
    if (library.has(module) && library.has(needed)) return library.mayNeed(module, needed);
    if (isOwn(module)) return false;
    return !isOwn(needed) || isElixirModule(needed) || calls(module, needed);
  };
  const named = (module: string): readonly string[] =>
    graph.needs(module).filter((needed) => isNeed(module, needed));
  return {
    ...graph,
    needs: (module) => [...new Set([...named(module), ...startedWith(module)])],
    isStarted: (module, needed) => startedWith(module).includes(needed) && !named(module).includes(needed),
  };
}
