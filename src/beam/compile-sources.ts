import { readFileSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, sep } from "node:path";
import type { Language } from "../playbook/playbook.ts";
import { cacheKey, compileOnce, type CompiledModules } from "./compile-cache.ts";
import { compileCodePath } from "./compile-code-path.ts";
import { compileElixir } from "./compile-elixir.ts";
import { compileErlang } from "./compile-erlang.ts";
import { findCompiler } from "./compiler.ts";
import { digestOf } from "./digest.ts";
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
 * Compiles sources that may depend on each other: all of Erlang in one start of `erl`, then all of
 * Elixir in one start of `elixir`. What was compiled before is taken from the cache folder.
 *
 * @throws {FusionPlayError} `COMPILE_FAILED`, `COMPILER_NOT_FOUND`, `FILE_UNREADABLE`
 */
export async function compileSources(
  sources: readonly string[],
  { beams, signal }: CompileSourcesOptions,
): Promise<CompiledSources> {
  const compiled: Partial<Record<Language, CompiledModules>> = {};
  const isErlang = (source: string): boolean => source.endsWith(".erl");
  const erlang = firstOfEachName(sources.filter(isErlang));
  if (erlang.length > 0) compiled.erlang = await compileLanguage("erlang", erlang, { beams, signal });
  const elixir = sources.filter((source) => !isErlang(source));
  if (elixir.length > 0) {
    const before = compiled.erlang === undefined ? [] : [compiled.erlang.folder];
    compiled.elixir = await compileLanguage("elixir", elixir, { beams: [...before, ...beams], signal });
  }
  return compiled;
}

/** A source in Erlang is named like its module. Of a module that several hold, the first one wins. */
function firstOfEachName(sources: readonly string[]): string[] {
  return sources.filter((source, index) => {
    const first = sources.findIndex((other) => basename(other) === basename(source));
    return first === index;
  });
}

/** Makes the function that tells which of `sources` a module was compiled from. */
export function sourceFinder(sources: readonly string[]): (beam: BeamFile) => string | undefined {
  const byRealPath = new Map(sources.map((source) => [realPath(source), source]));
  return ({ module, compilerInfo: { source: compiled } }) =>
    // Erlang keeps the path to itself when told to be deterministic, but a file is one module.
    sources.find((source) => basename(source) === `${module}.erl`) ??
    (compiled === undefined ? undefined : byRealPath.get(realPath(compiled)));
}

/** A compiler knows the folder that it is started in by its real path, whatever links led there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

async function compileLanguage(
  language: Language,
  sources: readonly string[],
  { beams, signal }: CompileSourcesOptions,
): Promise<CompiledModules> {
  const compiler = await findCompiler(language, signal);
  const { folders, digest } = compileCodePath(beams);
  const base = commonFolder(sources);
  const contents = sources.map((path) => [path, digestOf(read(path))]);
  const place = [base, realPath(base)];
  const key = cacheKey(["sources", { language, version: compiler.version, place, contents, digest }]);
  const compile = language === "erlang" ? compileErlang : compileElixir;
  return compileOnce(key, async (folder) => {
    const { warnings, dependencies } = await compile({
      compiler,
      sources,
      subject: sources.length === 1 ? `"${sources[0]}"` : `${sources.length} sources in "${base}"`,
      base,
      codePath: [folder, ...folders],
      folder,
      signal,
    });
    return { warnings, dependencies: Array.from(new Set(dependencies)).map((path) => pathIn(base, path)) };
  });
}

/** Leaves `..` to the system, which follows links before it. */
function pathIn(base: string, path: string): string {
  return isAbsolute(path) ? path : `${base}${sep}${path}`;
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

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(`the source "${path}"`, cause);
  }
}
