import type { ModuleSource, NeedReason, ShippedModule } from "../engine/module-source.ts";
import { FusionPlayError } from "../errors.ts";
import { displayModule } from "../etf/module-name.ts";
import { closureOf, type ModuleGraph } from "./closure.ts";
import { moduleGraph } from "./module-graph.ts";
import { moduleMd5 } from "./module-md5.ts";
import { nearestModule } from "./module-name.ts";
import type { ModuleStore } from "./module-store.ts";
import { NeedReasons } from "./need-reasons.ts";
import { stripBeam } from "./strip-beam.ts";

/** A module as it is shipped, whoever needs it. */
export type PackedModule = Omit<ShippedModule, "neededBy" | "reason">;

/** Makes the function that strips and hashes modules of `store`, each once. */
export function packer(store: ModuleStore): (module: string) => PackedModule {
  const packed = new Map<string, PackedModule>();
  return (module) => {
    const known = packed.get(module);
    if (known !== undefined) return known;
    const fresh = packModule(module, store);
    packed.set(module, fresh);
    return fresh;
  };
}

export interface ShipperOptions {
  readonly store: ModuleStore;
  readonly pack: (module: string) => PackedModule;
  /**
   * Who needs whom.
   *
   * @default {@linkcode moduleGraph} of the store
   */
  readonly graph?: ModuleGraph;
  /** Tells why a module needs another one that it does not name. */
  readonly reasonOf?: (module: string, needed: string) => NeedReason | undefined;
}

/**
 * Makes the function that gives the closure of modules of `store` as they are shipped. The closure
 * of the same modules is computed once, whatever the number of hosts.
 */
export function shipper({
  store,
  pack,
  graph = moduleGraph(store),
  reasonOf,
}: ShipperOptions): ModuleSource["closure"] {
  const closures = new Map<string, readonly ShippedModule[]>();
  return (modules) => {
    const key = JSON.stringify(modules);
    const known = closures.get(key);
    if (known !== undefined) return known;
    for (const module of modules) {
      if (!store.files.has(module)) throw missingModule(module, store.files.keys());
    }
    const { entries, implementations } = closureOf(modules, graph);
    const reasons = new NeedReasons(store, implementations);
    const closure = entries.map(({ module, neededBy }) => ({
      ...pack(module),
      neededBy,
      reason: neededBy === null ? null : (reasonOf?.(neededBy, module) ?? reasons.reason(neededBy, module)),
    }));
    closures.set(key, closure);
    return closure;
  };
}

/** Makes the function that gives a module of `store` by itself, each time the same object. */
export function singleShipper({
  store,
  pack,
}: Pick<ShipperOptions, "store" | "pack">): ModuleSource["module"] {
  const singles = new Map<string, ShippedModule>();
  return (name) => {
    const known = singles.get(name);
    if (known !== undefined) return known;
    if (!store.files.has(name)) return undefined;
    const single = { ...pack(name), neededBy: null, reason: null };
    singles.set(name, single);
    return single;
  };
}

function packModule(module: string, store: ModuleStore): PackedModule {
  const { origin, beam } = store.load(module);
  return {
    name: module,
    binary: stripBeam(beam.chunks),
    md5: moduleMd5(beam.chunks),
    file: origin,
    compiledBy: beam.compiledBy,
    minimumOtp: beam.minimumOtp,
    hasOnLoad: beam.hasOnLoad,
    elixir: null,
    application: undefined,
  };
}

/** The error of a module that is not on the code paths. `known` are names that may have been meant. */
export function missingModule(module: string, known: Iterable<string>): FusionPlayError {
  const nearest = nearestModule(module, known);
  return new FusionPlayError(`Cannot find the module ${displayModule(module)}: no code path holds it`, {
    code: "MODULE_NOT_FOUND",
    hint:
      nearest === undefined
        ? "List its ebin folder, its .beam file or its source under modules, or name it with -m"
        : `Did you mean ${nearest}?`,
  });
}
