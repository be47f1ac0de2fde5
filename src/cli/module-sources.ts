import { openModuleSource } from "../beam/code-paths.ts";
import { installedElixir, type ElixirLibrary } from "../beam/elixir-library.ts";
import type { ModuleSource } from "../engine/module-source.ts";
import type { Play } from "../playbook/playbook.ts";

/** Opens the code of plays; plays with the same paths share it, and all of them Elixir's, so that it is read once. */
export function moduleSources(
  extraPaths: readonly string[],
): (play: Play, signal: AbortSignal) => Promise<ModuleSource> {
  const opened = new Map<string, Promise<ModuleSource>>();
  let library: Promise<ElixirLibrary | undefined> | undefined;
  return (play, signal) => {
    const paths = [...extraPaths, ...play.modules];
    const key = paths.join("\n");
    const elixir = (): Promise<ElixirLibrary | undefined> => (library ??= installedElixir(signal));
    const source = opened.get(key) ?? openModuleSource({ paths, elixir, signal });
    opened.set(key, source);
    return source;
  };
}
