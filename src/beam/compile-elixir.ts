import { relative } from "node:path";
import type { Term } from "../etf/term.ts";
import { textOf } from "./attributes.ts";
import type { Compilation } from "./compile-cache.ts";
import { runCompiler, type SourcesToCompile } from "./compiler.ts";
import { indexModules } from "./module-index.ts";
import { moduleStore } from "./module-store.ts";

/** Compiles sources in Elixir. They depend on what their modules name as `@external_resource`. */
export async function compileElixir({
  compiler,
  sources,
  subject,
  base,
  codePath,
  folder,
  signal,
}: SourcesToCompile): Promise<Compilation> {
  // Names relative to `base`, so that stack traces on hosts do not show folders of this machine.
  const names = sources.map((source) => relative(base, source));
  const paths = codePath.flatMap((path) => ["-pa", path]);
  const args = ["--no-debug-info", "--no-docs", ...paths, "-o", folder, ...names];
  const warnings = await runCompiler(compiler, { args, subject, cwd: base, signal });
  return { warnings, dependencies: externalResources(folder) };
}

function externalResources(folder: string): string[] {
  const store = moduleStore(indexModules([folder]));
  return Array.from(store.files.keys()).flatMap((module) =>
    (store.attributes(module).get("external_resource") ?? []).flatMap((value) => pathOf(value) ?? []),
  );
}

function pathOf(value: Term): string | undefined {
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : textOf(value);
}
