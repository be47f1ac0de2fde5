import { dirname } from "node:path";
import type { HostCode } from "../engine/host-code.ts";
import type { ModuleSource } from "../engine/module-source.ts";
import { applicationCloser, applicationsIn } from "./applications.ts";
import { effectsOfCallWith } from "./call-effects.ts";
import { codeExaminer, type CodeExaminer } from "./code-examiner.ts";
import { compileCodePath } from "./compile-code-path.ts";
import { compiledInline } from "./compiled-inline.ts";
import { compileSources, sourceFinder, type CompiledSources } from "./compile-sources.ts";
import { findDependencies, type Dependencies } from "./dependencies.ts";
import { elixirOnCodePaths, installedElixir, type ElixirLibrary } from "./elixir-library.ts";
import { installedHere } from "./installed-here.ts";
import { indexModules, modulesIn, resolveCodePaths, type CodePath } from "./module-index.ts";
import { NameSet } from "./name-set.ts";
import { moduleGraph } from "./module-graph.ts";
import { moduleStore } from "./module-store.ts";
import { ELIXIR_APPLICATIONS } from "./own-applications.ts";
import { missingModule as missingOnPaths, packer, shipper, singleShipper } from "./shipper.ts";
import { withElixir, withoutElixir } from "./with-elixir.ts";

export interface CodePathOptions {
  /** Ebin folders, globs, `.beam` files and `.ex`/`.exs`/`.erl` sources, as absolute paths. */
  readonly paths: readonly string[];
  /**
   * Opens Elixir's own modules, for hosts that have only Erlang.
   *
   * @default those of the Elixir that is installed on this machine
   */
  readonly elixir?: () => Promise<ElixirLibrary | undefined>;
  readonly signal: AbortSignal;
}

/** The modules of code paths on this machine. */
export interface CodePathSource extends ModuleSource {
  /** What compilers said although they succeeded, one text for each of their runs. */
  readonly warnings: readonly string[];
  /** The modules that were compiled from a source among the code paths. */
  modulesOfSource(path: string): readonly string[];
  /**
   * Whether a module is on the code paths, or Erlang or Elixir provides it, going by those installed
   * here. What is both is provided.
   *
   * @throws {FusionPlayError} `MODULE_NOT_FOUND` with suggestions
   */
  whereIs(module: string): Promise<"code_path" | "provided">;
  /**
   * The closure of modules with all of its edges. What Erlang and Elixir provide is left out, going
   * by those installed here, also where the code paths hold it.
   *
   * @throws {FusionPlayError} `MODULE_NOT_FOUND` with suggestions, `MODULE_INVALID`
   */
  dependencies(modules: readonly string[]): Promise<Dependencies>;
  /** Whether calls to modules of Erlang and of Elixir can be checked: whether they are installed here. */
  checkable(): Promise<{ erlang: boolean; elixir: boolean }>;
}

/**
 * Opens the code paths of a play: compiles the sources among them and indexes the rest. A `.beam`
 * file is read when it is first needed, and stripped and hashed once, however many hosts ask.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `MODULE_NOT_FOUND`, `COMPILE_FAILED`,
 *   `COMPILER_NOT_FOUND`
 */
export async function openModuleSource({
  paths,
  elixir = () => installedElixir(signal),
  signal,
}: CodePathOptions): Promise<CodePathSource> {
  const codePaths = resolveCodePaths(paths);
  const beams = codePaths.filter(({ kind }) => kind !== "source").map(({ path }) => path);
  const sources = codePaths.filter(({ kind }) => kind === "source").map(({ path }) => path);
  const compiled = await compileSources(sources, { beams, signal });
  const folders = withCompiled(codePaths, compiled);
  const compiledFolders = Object.values(compiled).map(({ folder }) => folder);
  const sourceOf = sourceFinder(sources);
  const store = moduleStore(indexModules(folders), (beam, file) =>
    compiledFolders.includes(dirname(file)) ? sourceOf(beam) : undefined,
  );
  const warnings = Object.values(compiled)
    .map((unit) => unit.warnings)
    .filter((text) => text !== "");
  const inline = compiledInline({
    codePath: () => compileCodePath(folders),
    store,
    warn: (text) => warnings.push(text),
    signal,
  });
  const pack = packer(store);
  const graph = moduleGraph(store);
  const closure = shipper({ store, graph, pack });
  const applications = applicationsIn(folders, (module) => store.files.has(module));
  const { provide, know, lookup } = installedHere(store, signal);
  const examiners = new Map<HostCode | undefined, CodeExaminer>();
  const examinerFor = async (host: HostCode | undefined): Promise<CodeExaminer> => {
    const examine = examiners.get(host) ?? codeExaminer({ store, graph, known: await lookup(host) });
    examiners.set(host, examine);
    return examine;
  };
  const whereIs = async (module: string): Promise<"code_path" | "provided"> => {
    const { files } = await provide();
    if (files.has(module)) return "provided";
    if (store.files.has(module)) return "code_path";
    throw missingOnPaths(module, [...store.files.keys(), ...files.keys()]);
  };
  let viewed: Promise<ModuleSource> | undefined;
  const view = async (): Promise<ModuleSource> => {
    const library = elixirOnCodePaths(store) ?? (await elixir());
    if (library === undefined) return withoutElixir(source, store);
    return withElixir({ source, store, folders, pack, library });
  };
  const source: CodePathSource = {
    warnings,
    has: (module) => store.files.has(module),
    modules: () => Array.from(store.files.keys()),
    module: singleShipper({ store, pack }),
    modulesOfSource: (path) =>
      compiledFolders.flatMap(modulesIn).filter((module) => store.load(module).origin === path),
    closure,
    application: applications.tree,
    closureOfApplications: applicationCloser(closure),
    withElixir: () => (viewed ??= view()),
    whereIs,
    dependencies: async (modules) => {
      await Promise.all(modules.map(whereIs));
      const { files } = await provide();
      return findDependencies(modules, { store, pack, provided: new NameSet(files.keys()) });
    },
    compileInline: inline.compile,
    locateInline: inline.locate,
    providedAmong: async (modules) => {
      if (modules.length === 0) return new Set();
      const { files } = await provide();
      return new Set(modules.filter((module) => files.has(module)));
    },
    providedApplications: async (names) => {
      const { applications: installed, erlang, elixir } = await provide();
      // Of what is not installed here, nothing is known: hosts have it, most likely.
      const isUnknown = (name: string): boolean =>
        !applications.has(name) && (!erlang || (!elixir && ELIXIR_APPLICATIONS.includes(name)));
      return new Set(names.filter((name) => installed.has(name) || isUnknown(name)));
    },
    checkCall: async (called, host) => (await lookup(host)).check(called),
    examine: async (modules, host) => {
      const examine = await examinerFor(host);
      return modules.map((module) => examine(module, inline.placesOf(module)));
    },
    effectsOfCall: async (called, args) => effectsOfCallWith(called, args, await know()),
    checkable: async () => {
      const provided = await provide();
      return { erlang: provided.erlang, elixir: provided.elixir };
    },
  };
  return source;
}

/** What sources were compiled to stands where the first source of their language stood. */
function withCompiled(codePaths: readonly CodePath[], compiled: CompiledSources): string[] {
  const folders = codePaths.flatMap(({ path, kind }) => {
    if (kind !== "source") return [path];
    const folder = (path.endsWith(".erl") ? compiled.erlang : compiled.elixir)?.folder;
    return folder === undefined ? [] : [folder];
  });
  return Array.from(new Set(folders));
}
