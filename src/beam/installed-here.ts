import type { HostCode } from "../engine/host-code.ts";
import { FunctionsOnHost } from "./functions-on-host.ts";
import { KnownFunctions, type FunctionLookup } from "./known-functions.ts";
import type { ModuleStore } from "./module-store.ts";
import { providedModules, type ProvidedModules } from "./provided-modules.ts";

/** What the Erlang and Elixir of this machine have, which is looked at once, when it is first asked for. */
export interface InstalledHere {
  provide(): Promise<ProvidedModules>;
  know(): Promise<KnownFunctions>;
  /** Tells which functions there are: on a host, if one is given. */
  lookup(host: HostCode | undefined): Promise<FunctionLookup>;
}

/** @param store the modules of the code paths, which functions are looked for in as well */
export function installedHere(store: ModuleStore, signal: AbortSignal): InstalledHere {
  let provided: Promise<ProvidedModules> | undefined;
  let known: KnownFunctions | undefined;
  let shipped: KnownFunctions | undefined;
  const provide = (): Promise<ProvidedModules> => (provided ??= providedModules(signal));
  const know = async (): Promise<KnownFunctions> => (known ??= new KnownFunctions(store, await provide()));
  const lookup = async (host: HostCode | undefined): Promise<FunctionLookup> => {
    if (host === undefined) return know();
    shipped ??= new KnownFunctions(store, await provide(), { counts: "code_path" });
    return new FunctionsOnHost({ host, shipped, isShipped: (module) => store.files.has(module) });
  };
  return { provide, know, lookup };
}
