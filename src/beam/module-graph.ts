import type { ModuleGraph } from "./closure.ts";
import { isImplementation, isProtocol, possibleImplementations } from "./implementations.ts";
import { NameSet } from "./name-set.ts";
import type { ModuleStore } from "./module-store.ts";

/**
 * Looks at the modules of a store as a graph. An atom that is the name of one of them stands for a
 * need of it, however it got there: a call, a callback, a struct, a name that a macro left.
 *
 * @param isProvided Modules that are where the code will run, and count as if the store had them not.
 */
export function moduleGraph(
  store: ModuleStore,
  isProvided: (module: string) => boolean = () => false,
): ModuleGraph {
  const has = (module: string): boolean => store.files.has(module) && !isProvided(module);
  const modules = Array.from(store.files.keys()).filter((module) => !isProvided(module));
  const implementations = possibleImplementations(modules);
  const foreign = new Set(implementations.map(({ protocol }) => protocol).filter((name) => !has(name)));
  const wanted = new NameSet([...modules, ...foreign]);
  const read = new Map<string, Named>();
  const named = (module: string): Named => {
    const known = read.get(module);
    if (known !== undefined) return known;
    const names = store.named(module, wanted);
    const fresh: { needs: string[]; foreignProtocols: string[] } = { needs: [], foreignProtocols: [] };
    for (const name of names) {
      if (foreign.has(name)) fresh.foreignProtocols.push(name);
      else if (name !== module) fresh.needs.push(name);
    }
    read.set(module, fresh);
    return fresh;
  };
  // Every module below a name asks for it.
  const protocols = new Map<string, boolean>();
  return {
    has,
    needs: (module) => named(module).needs,
    foreignProtocols: (module) => named(module).foreignProtocols,
    possibleImplementations: implementations,
    isProtocol: (module) => {
      const known = protocols.get(module) ?? isProtocol(store.attributes(module));
      protocols.set(module, known);
      return known;
    },
    isImplementation: (possible) => isImplementation(possible, store.attributes(possible.module)),
  };
}

interface Named {
  readonly needs: readonly string[];
  readonly foreignProtocols: readonly string[];
}
