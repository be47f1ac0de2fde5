import type { ModuleFiles, ModuleStore } from "./module-store.ts";

/** Looks at two stores as one. Of a module that both have, that of `first` counts. */
export function joinedStores(first: ModuleStore, second: ModuleStore): ModuleStore {
  const holder = (module: string): ModuleStore => (first.files.has(module) ? first : second);
  return {
    files: joinedFiles(first.files, second.files),
    named: (module, names) => holder(module).named(module, names),
    attributes: (module) => holder(module).attributes(module),
    exports: (module) => holder(module).exports(module),
    load: (module) => holder(module).load(module),
    add: (module, file, origin) => first.add(module, file, origin),
  };
}

/** Modules may be added to either at any time. */
function joinedFiles(first: ModuleFiles, second: ModuleFiles): ModuleFiles {
  return {
    has: (module) => first.has(module) || second.has(module),
    get: (module) => first.get(module) ?? second.get(module),
    keys: () => new Set([...first.keys(), ...second.keys()]).keys(),
  };
}
