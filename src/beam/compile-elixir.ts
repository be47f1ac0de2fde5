import { relative } from "node:path";
import type { Term } from "../etf/term.ts";
import { textOf } from "./attributes.ts";
import type { Compilation } from "./compile-cache.ts";
import { runCompiler, type SourcesToCompile } from "./compiler.ts";
import { indexModules } from "./module-index.ts";
import { moduleStore } from "./module-store.ts";

/**
 * Does what `elixirc` does, and refuses modules that two sources define: which of both is there in the end depends on
 * which takes longer. Elixir says something of it only where they are compiled at the same moment, or up to 1.19.
 */
const PROGRAM = String.raw`
  [output | sources] = System.argv()
  Code.compiler_options(docs: false, debug_info: false)
  defined = :ets.new(:defined, [:bag, :public])
  note = fn source, module, _ -> :ets.insert(defined, {module, Path.relative_to_cwd(source)}) end
  options = [each_module: note, return_diagnostics: true]
  {result, _, _} = Kernel.ParallelCompiler.compile_to_path(sources, output, options)
  twice = for {module, [_, _ | _] = all} <- Enum.group_by(:ets.tab2list(defined), &elem(&1, 0), &elem(&1, 1)) do
    IO.puts("#{inspect(module)} is defined by more than one source: #{Enum.join(Enum.sort(all), ", ")}")
  end
  if result == :error or twice != [], do: exit({:shutdown, 1})
`;

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
  const args = [...paths, "-e", PROGRAM, "--", folder, ...names];
  const warnings = await runCompiler({ program: compiler.evaluator }, { args, subject, cwd: base, signal });
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
