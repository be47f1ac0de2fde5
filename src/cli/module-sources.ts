import { openModuleSource } from "../beam/code-paths.ts";
import type { ModuleSource } from "../engine/module-source.ts";
import type { Play } from "../playbook/playbook.ts";

/** Opens the code of plays; plays with the same paths share it, so that it is read once. */
export function moduleSources(
  extraPaths: readonly string[],
): (play: Play, signal: AbortSignal) => Promise<ModuleSource> {
  const opened = new Map<string, Promise<ModuleSource>>();
  return (play, signal) => {
    const paths = [...extraPaths, ...play.modules];
    const key = paths.join("\n");
    const source = opened.get(key) ?? openModuleSource({ paths, signal });
    opened.set(key, source);
    return source;
  };
}
