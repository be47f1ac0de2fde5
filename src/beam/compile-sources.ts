import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Language } from "../playbook/playbook.ts";
import { cacheKey, compileOnce, digestOf, type CompiledModules } from "./compile-cache.ts";
import { compileCodePath } from "./compile-code-path.ts";
import { findCompiler, runCompiler } from "./compiler.ts";
import type { BeamFile } from "./parse-beam.ts";
import { unreadable } from "./unreadable.ts";

export interface CompileSourcesOptions {
  /** Folders and `.beam` files whose modules the sources may use while they are compiled. */
  readonly beams: readonly string[];
  readonly signal: AbortSignal;
}

/** What the sources of each language became. */
export type CompiledSources = Readonly<Partial<Record<Language, CompiledModules>>>;

/**
 * Compiles sources that may depend on each other: all of Erlang in one start of `erlc`, then all
 * of Elixir in one start of `elixirc`. What was compiled before is taken from the cache folder.
 *
 * @throws {FusionPlayError} `COMPILE_FAILED`, `COMPILER_NOT_FOUND`, `FILE_UNREADABLE`
 */
export async function compileSources(
  sources: readonly string[],
  { beams, signal }: CompileSourcesOptions,
): Promise<CompiledSources> {
  const compiled: Partial<Record<Language, CompiledModules>> = {};
  const isErlang = (source: string): boolean => source.endsWith(".erl");
  const erlang = sources.filter(isErlang);
  if (erlang.length > 0) compiled.erlang = await compileLanguage("erlang", erlang, { beams, signal });
  const elixir = sources.filter((source) => !isErlang(source));
  if (elixir.length > 0) {
    const before = compiled.erlang === undefined ? [] : [compiled.erlang.folder];
    compiled.elixir = await compileLanguage("elixir", elixir, { beams: [...before, ...beams], signal });
  }
  return compiled;
}

/** The one of `sources` that a module was compiled from. */
export function sourceOf({ module, compilerInfo }: BeamFile, sources: readonly string[]): string | undefined {
  // Erlang keeps the path to itself when told to be deterministic, but a file is one module.
  return sources.find((source) => source === compilerInfo.source || basename(source) === `${module}.erl`);
}

async function compileLanguage(
  language: Language,
  sources: readonly string[],
  { beams, signal }: CompileSourcesOptions,
): Promise<CompiledModules> {
  const compiler = await findCompiler(language, signal);
  const codePath = compileCodePath(beams);
  const base = commonFolder(sources);
  const key = cacheKey([
    "sources",
    language,
    compiler.version,
    base,
    [...sources, ...headersBeside(language, sources)].map((path) => [path, digestOf(read(path))]),
    codePath.digest,
  ]);
  return compileOnce(key, (folder) =>
    runCompiler(compiler, {
      args: compilerArgs(language, { sources, folder, folders: codePath.folders, base }),
      subject: sources.length === 1 ? `"${sources[0]}"` : `${sources.length} sources in "${base}"`,
      cwd: base,
      signal,
    }),
  );
}

interface CompilerPaths {
  readonly sources: readonly string[];
  readonly folder: string;
  readonly folders: readonly string[];
  readonly base: string;
}

function compilerArgs(
  language: Language,
  { sources, folder, folders, base }: CompilerPaths,
): readonly string[] {
  // Names relative to `base`, so that stack traces on hosts do not show folders of this machine.
  const names = sources.map((source) => `.${sep}${relative(base, source)}`);
  const codePath = [folder, ...folders].flatMap((path) => ["-pa", path]);
  if (language === "elixir") {
    return ["--no-debug-info", "--no-docs", ...codePath, "-o", folder, ...names.map((name) => name.slice(2))];
  }
  const includes = sourceFolders(sources).flatMap((path) => ["-I", path, "-I", join(path, "..", "include")]);
  return ["+deterministic", ...codePath, ...includes, "-o", folder, ...names];
}

/** The nearest folder that all of `paths` are in. */
function commonFolder(paths: readonly string[]): string {
  const [first = sep, ...rest] = paths.map((path) => dirname(path));
  return rest.reduce((common, folder) => {
    let shared = common;
    while (shared !== dirname(shared) && !`${folder}${sep}`.startsWith(`${shared}${sep}`))
      shared = dirname(shared);
    return shared;
  }, first);
}

function sourceFolders(sources: readonly string[]): string[] {
  return Array.from(new Set(sources.map((source) => dirname(source))));
}

/** The `.hrl` files that the sources may include: another content of them is another result. */
function headersBeside(language: Language, sources: readonly string[]): string[] {
  if (language !== "erlang") return [];
  const folders = sourceFolders(sources).flatMap((folder) => [folder, join(folder, "..", "include")]);
  return folders.flatMap((folder) => {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    const headers = readdirSync(folder).filter((name) => name.endsWith(".hrl"));
    return headers.sort().map((name) => join(folder, name));
  });
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(`the source "${path}"`, cause);
  }
}
