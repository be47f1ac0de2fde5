import type { ModuleExamination } from "../engine/code-examination.ts";
import type { ModuleGraph } from "./closure.ts";
import type { LocateLine } from "./callers.ts";
import { decodedFile } from "./decoded-file.ts";
import { examineModule } from "./examine-module.ts";
import type { Implementation } from "./implementations.ts";
import type { FunctionLookup } from "./known-functions.ts";
import type { ModuleStore } from "./module-store.ts";

export interface CodeExaminerOptions {
  readonly store: ModuleStore;
  readonly graph: ModuleGraph;
  /** What code finds where it runs. */
  readonly known: FunctionLookup;
}

/**
 * Examines a module.
 *
 * @param locate Finds what a line means, where that is none of the file that the module was compiled from.
 */
export type CodeExaminer = (module: string, locate: LocateLine | undefined) => ModuleExamination;

/** Makes the function that examines modules of `store`, each once. */
export function codeExaminer({ store, graph, known }: CodeExaminerOptions): CodeExaminer {
  const examined = new Map<string, ModuleExamination>();
  const implementations = implementationsIn(graph);
  return (module, locate) => {
    const before = examined.get(module);
    if (before !== undefined) return before;
    const { beam } = store.load(module);
    const found = decodedFile(store.files.get(module) ?? module, () => examineModule(beam, known, locate));
    const needs = new Set([...graph.needs(module), ...implementations(module)]);
    const examination = { ...found, needs: Array.from(needs) };
    examined.set(module, examination);
    return examination;
  };
}

/** Makes the function that gives the implementations which calls of a module may come to. */
function implementationsIn(graph: ModuleGraph): (module: string) => readonly string[] {
  const byPart = new Map<string, Implementation[]>();
  for (const possible of graph.possibleImplementations) {
    for (const part of [possible.protocol, possible.target]) {
      byPart.set(part, [...(byPart.get(part) ?? []), possible]);
    }
  }
  return (module) => {
    const own = byPart.get(module) ?? [];
    // Nothing on the code paths stands for it: whoever names the protocol may mean it.
    const foreign = graph
      .foreignProtocols(module)
      .flatMap((protocol) => byPart.get(protocol) ?? [])
      .filter(({ target }) => !graph.has(target));
    return [...own, ...foreign]
      .filter((possible) => possible.module !== module && graph.isImplementation(possible))
      .map((implementation) => implementation.module);
  };
}
