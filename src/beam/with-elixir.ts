import type { ModuleSource, ShippedModule } from "../engine/module-source.ts";
import { FusionPlayError } from "../errors.ts";
import { displayModule, isElixirModule } from "../etf/module-name.ts";
import { applicationCloser, applicationsIn } from "./applications.ts";
import { elixirGraph } from "./elixir-graph.ts";
import { ELIXIR, type ElixirLibrary } from "./elixir-library.ts";
import { joinedStores } from "./joined-stores.ts";
import { moduleGraph } from "./module-graph.ts";
import type { ModuleStore } from "./module-store.ts";
import { packer, shipper, singleShipper, type PackedModule } from "./shipper.ts";

export interface WithElixirOptions {
  /** The modules for hosts that have Elixir. */
  readonly source: ModuleSource;
  readonly store: ModuleStore;
  /** The folders and files of the code paths. */
  readonly folders: readonly string[];
  readonly pack: (module: string) => PackedModule;
  /** Elixir's own modules: those on the code paths, or those installed here. */
  readonly library: ElixirLibrary;
}

/** Makes a source of modules for hosts that have only Erlang, out of one for hosts that have Elixir. */
export function withElixir({ source, store, folders, pack, library }: WithElixirOptions): ModuleSource {
  const joined = library.store === undefined ? store : joinedStores(store, library.store);
  const isOwn = (module: string): boolean =>
    library.has(module) && (library.store === undefined || !store.files.has(module));
  const graph = elixirGraph({
    graph: moduleGraph(joined),
    library,
    isOwn,
    calls: (module, called) => joined.load(module).beam.imports.some((each) => each.module === called),
  });
  const packOwn = library.store === undefined ? pack : packer(library.store);
  const packAny = (module: string): PackedModule => {
    if (!isOwn(module)) return pack(module);
    const application = module === ELIXIR ? library.resource : undefined;
    return { ...packOwn(module), elixir: library.version, application };
  };
  const closure = shipper({
    store: joined,
    graph,
    pack: packAny,
    reasonOf: (module, needed) =>
      graph.isStarted(module, needed) ? { type: "application", application: ELIXIR } : undefined,
  });
  const view: ModuleSource = {
    ...source,
    has: (module) => store.files.has(module) || (isElixirModule(module) && isOwn(module)),
    module: singleShipper({ store: joined, pack: packAny }),
    closure,
    application: applicationsIn([...folders, ...library.folders], (module) => joined.files.has(module)).tree,
    closureOfApplications: applicationCloser(closure),
    providedApplications: async (names) =>
      source.providedApplications(names.filter((name) => !library.applications.has(name))),
    withElixir: async () => view,
  };
  return view;
}

/** The same where no Elixir is to be had: modules are shipped as long as they do without. */
export function withoutElixir(source: ModuleSource, store: ModuleStore): ModuleSource {
  const view: ModuleSource = {
    ...source,
    closure: (modules) => {
      const closure = source.closure(modules);
      for (const module of closure) refuseElixir(module, store);
      return closure;
    },
    withElixir: async () => view,
  };
  return view;
}

function refuseElixir({ name }: ShippedModule, store: ModuleStore): void {
  const missing = store
    .load(name)
    .beam.imports.find(({ module }) => isElixirModule(module) && !store.files.has(module));
  if (missing === undefined) return;
  throw new FusionPlayError(
    `Cannot ship ${displayModule(name)} to a host that has only Erlang: it calls ${displayModule(missing.module)}, ` +
      "which no code path holds, and Elixir is not installed here",
    {
      code: "ELIXIR_NOT_FOUND",
      hint: "Install Elixir on this machine or on the host, or add the ebin folders of an Elixir to modules",
    },
  );
}
