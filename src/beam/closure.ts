import type { Implementation } from "./implementations.ts";

/** The code paths as {@linkcode closureOf} looks at them. */
export interface ModuleGraph {
  has(module: string): boolean;
  /** Modules of the code paths that a module names, in the order in which it names them. */
  needs(module: string): readonly string[];
  /** Those of `possibleImplementations` whose protocol a module names, and the code paths do not have. */
  foreignProtocols(module: string): readonly string[];
  isProtocol(module: string): boolean;
  /** What may be implementations of protocols, going by the names of the modules. */
  readonly possibleImplementations: readonly Implementation[];
  /** Whether one of them is what its name says. */
  isImplementation(possible: Implementation): boolean;
}

export interface ClosureEntry {
  readonly module: string;
  /** The module that brought it in; null if it was asked for. */
  readonly neededBy: string | null;
}

/** An implementation of a protocol that belongs to a closure, and the modules for whose sake it does. */
export interface NeededImplementation extends Implementation {
  readonly neededBy: readonly string[];
}

export interface Closure {
  readonly entries: readonly ClosureEntry[];
  /** All implementations among them, those as well that something names. */
  readonly implementations: readonly NeededImplementation[];
}

/**
 * Lists `roots` and every module they need, each after the modules it needs itself. A cycle is cut
 * where it is met: the BEAM resolves calls when it runs them.
 *
 * Nothing names the implementation of a protocol, so those that belong to what was found are added
 * until no more do.
 */
export function closureOf(roots: readonly string[], graph: ModuleGraph): Closure {
  const search = new ClosureSearch(roots, graph);
  for (const module of roots) search.add({ module, neededBy: null });
  search.addImplementations();
  return { entries: search.entries(), implementations: search.implementations() };
}

/** What `defimpl` calls the types of terms that are no structs. */
const BUILT_IN_TYPES: ReadonlySet<string> = new Set(
  "Atom BitString Float Function Integer List Map PID Port Reference Tuple Any"
    .split(" ")
    .map((type) => `Elixir.${type}`),
);

class ClosureSearch {
  readonly #graph: ModuleGraph;
  readonly #roots: ReadonlySet<string>;
  readonly #entries: Map<string, ClosureEntry> = new Map();
  readonly #seen: Set<string> = new Set();
  readonly #possible: ReadonlyMap<string, readonly Implementation[]>;
  /** Modules that were added, and whose part in implementations has not been looked at. */
  #fresh: string[] = [];
  /** The modules that name a protocol which is not on the code paths. */
  readonly #naming: Map<string, string[]> = new Map();

  constructor(roots: readonly string[], graph: ModuleGraph) {
    this.#roots = new Set(roots);
    this.#graph = graph;
    this.#possible = byParts(graph.possibleImplementations);
  }

  entries(): ClosureEntry[] {
    return Array.from(this.#entries.values());
  }

  /** Adds a module and all that it needs. */
  add(root: ClosureEntry): void {
    for (const entry of dependenciesFirst(root, this.#graph, this.#seen)) {
      const { module } = entry;
      // What was asked for needs no other reason, also where another module came to it first.
      this.#entries.set(module, this.#roots.has(module) ? { module, neededBy: null } : entry);
      this.#fresh.push(entry.module);
      for (const protocol of this.#graph.foreignProtocols(entry.module)) {
        const naming = this.#naming.get(protocol);
        if (naming === undefined) this.#naming.set(protocol, [entry.module]);
        else naming.push(entry.module);
      }
    }
  }

  addImplementations(): void {
    if (this.#possible.size === 0) return;
    while (this.#fresh.length > 0) {
      const touched = this.#touchedBy(this.#fresh);
      this.#fresh = [];
      // In the order of the code paths, whatever the order in which modules were found.
      for (const possible of this.#graph.possibleImplementations.filter((one) => touched.has(one))) {
        if (this.#entries.has(possible.module)) continue;
        const neededBy = this.#neededBy(possible)[0];
        if (neededBy !== undefined && this.#graph.isImplementation(possible)) {
          this.add({ module: possible.module, neededBy });
        }
      }
    }
  }

  implementations(): NeededImplementation[] {
    return this.#graph.possibleImplementations.flatMap((possible) => {
      if (!this.#entries.has(possible.module)) return [];
      const neededBy = this.#neededBy(possible);
      const isNeeded = neededBy.length > 0 && this.#graph.isImplementation(possible);
      return isNeeded ? [{ ...possible, neededBy }] : [];
    });
  }

  /** What may belong to the closure now that it has these modules. */
  #touchedBy(modules: readonly string[]): Set<Implementation> {
    const touched = new Set<Implementation>();
    const add = (part: string): void =>
      this.#possible.get(part)?.forEach((possible) => touched.add(possible));
    for (const module of modules) {
      add(module);
      for (const protocol of this.#graph.foreignProtocols(module)) add(protocol);
    }
    return touched;
  }

  /**
   * The modules for whose sake an implementation belongs to the closure. Its protocol and what it is
   * for must be in the closure, or come from Elixir: `defimpl String.Chars, for: Folder` belongs to
   * `Folder`, `defimpl Size, for: List` belongs to `Size`.
   */
  #neededBy({ protocol, target }: Implementation): readonly string[] {
    const { has, isProtocol } = this.#graph;
    // A term of a built-in type comes about without anybody naming the module of the type.
    const parts = [target, protocol].filter((part) => has(part) && !BUILT_IN_TYPES.has(part));
    // Both are Elixir's own: who names the protocol may mean the implementation.
    if (parts.length === 0) return this.#naming.get(protocol) ?? [];
    if (!parts.every((part) => this.#entries.has(part))) return [];
    return has(protocol) && !isProtocol(protocol) ? [] : parts;
  }
}

function byParts(implementations: readonly Implementation[]): Map<string, Implementation[]> {
  const found = new Map<string, Implementation[]>();
  for (const implementation of implementations) {
    for (const part of [implementation.protocol, implementation.target]) {
      const known = found.get(part);
      if (known === undefined) found.set(part, [implementation]);
      else known.push(implementation);
    }
  }
  return found;
}

/** Depth first with a stack of its own, for chains of modules longer than JavaScript's. */
function dependenciesFirst(root: ClosureEntry, graph: ModuleGraph, seen: Set<string>): ClosureEntry[] {
  const order: ClosureEntry[] = [];
  const open: OpenEntry[] = [];
  const visit = (entry: ClosureEntry): void => {
    seen.add(entry.module);
    open.push({ entry, needs: graph.needs(entry.module), next: 0 });
  };
  if (!seen.has(root.module)) visit(root);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const module = top.needs[top.next++];
    if (module === undefined) {
      order.push(top.entry);
      open.pop();
    } else if (!seen.has(module)) {
      visit({ module, neededBy: top.entry.module });
    }
  }
  return order;
}

/** A module on the way to the one that is looked at. */
interface OpenEntry {
  readonly entry: ClosureEntry;
  readonly needs: readonly string[];
  /** Index of the first of `needs` that was not visited. */
  next: number;
}
