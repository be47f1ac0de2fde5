import { readdirSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { FusionPlayError } from "../errors.ts";
import { isAppleDouble } from "./apple-double.ts";
import { glob, isGlob, statIfReachable } from "./glob.ts";
import { unreadable } from "./unreadable.ts";

/** One of the code paths: a folder with `.beam` files, such a file, or a file to compile. */
export interface CodePath {
  readonly path: string;
  readonly kind: "folder" | "beam" | "source";
}

type Kind = CodePath["kind"];

const CONSOLIDATED = "consolidated";

/**
 * Resolves the entries of a play's `modules:`, which are absolute: ebin folders, `.beam` files,
 * `.ex`, `.exs` and `.erl` sources, and globs that match such. Each path stands there once, in the
 * order in which modules are looked for.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `MODULE_NOT_FOUND` for an entry that gives nothing
 */
export function resolveCodePaths(entries: readonly string[]): CodePath[] {
  const found = new Map<string, CodePath>();
  for (const entry of entries) {
    for (const [path, kind] of resolveEntry(entry)) {
      if (!found.has(path)) found.set(path, { path, kind });
    }
  }
  const paths = Array.from(found.values());
  const isConsolidated = ({ path }: CodePath): boolean => basename(path) === CONSOLIDATED;
  // Consolidated protocols take the place of those in `ebin/`, wherever the entry stands.
  return [...paths.filter(isConsolidated), ...paths.filter((path) => !isConsolidated(path))];
}

function resolveEntry(entry: string): (readonly [path: string, kind: Kind])[] {
  const stats = statOf(entry);
  if (stats !== undefined) return [[entry, kindOfNamed(entry, stats)]];
  if (!isGlob(entry)) {
    throw new FusionPlayError(`Cannot use the code path "${entry}": it does not exist`, {
      code: "FILE_UNREADABLE",
      hint: "Build the project, or correct the path; it is relative to the playbook",
    });
  }
  const matches = glob(entry).flatMap((path) => {
    const matched = statIfReachable(path);
    const kind = matched && kindOf(path, matched);
    return kind === undefined ? [] : [[path, kind] as const];
  });
  if (matches.length === 0) {
    throw new FusionPlayError(
      `Cannot use the code path "${entry}": nothing that matches is a .beam file, a folder of such or a source`,
      { code: "MODULE_NOT_FOUND", hint: "Build the project, or correct the pattern" },
    );
  }
  return matches;
}

function kindOfNamed(path: string, stats: Stats): Kind {
  const kind = kindOf(path, stats);
  if (kind !== undefined) return kind;
  if (!stats.isDirectory()) {
    throw new FusionPlayError(`Cannot use the code path "${path}": it is no .beam, .ex, .exs or .erl file`, {
      code: "MODULE_NOT_FOUND",
      hint: "Name an ebin folder, a .beam file, a source or a glob",
    });
  }
  const below = glob(`${path}/{ebin,*/ebin}`)[0];
  throw new FusionPlayError(`Cannot use the code path "${path}": the folder holds no .beam file`, {
    code: "MODULE_NOT_FOUND",
    hint: below === undefined ? "Build the project first" : `Name its ebin folders, such as "${below}"`,
  });
}

function kindOf(path: string, stats: Stats): Kind | undefined {
  if (stats.isDirectory()) return namesIn(path).some(isCode) ? "folder" : undefined;
  if (path.endsWith(".beam")) return "beam";
  return /\.(ex|exs|erl)$/.test(path) ? "source" : undefined;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw new FusionPlayError(`Cannot use the code path "${path}": it is not readable`, {
      code: "FILE_UNREADABLE",
      hint: "Check the permissions of the folders above it",
      cause,
    });
  }
}

/**
 * Indexes folders and single `.beam` files: the path of the file by the name of the module. Only
 * names are read, no file. The first path that holds a module wins.
 *
 * A folder `consolidated` beside an `ebin` that is listed counts as well, for the protocols that
 * the `ebin` folders hold: it also has those of Elixir itself, which every host has already.
 */
export function indexModules(paths: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  const add = (module: string, file: string): void => {
    if (!files.has(module)) files.set(module, file);
  };
  for (const path of paths) {
    if (path.endsWith(".beam")) add(basename(path, ".beam"), path);
    else {
      // Joined once: with thousands of modules, each join would be felt.
      const folder = join(path, sep);
      for (const module of modulesIn(path)) add(module, `${folder}${module}.beam`);
    }
  }
  for (const folder of consolidatedBeside(paths)) {
    for (const module of modulesIn(folder)) {
      const current = files.get(module);
      if (current !== undefined && basename(dirname(current)) === "ebin") {
        files.set(module, join(folder, `${module}.beam`));
      }
    }
  }
  return files;
}

function consolidatedBeside(paths: readonly string[]): string[] {
  return paths
    .filter((path) => basename(path) === "ebin")
    .map((path) => join(dirname(path), CONSOLIDATED))
    .filter((folder) => statOf(folder)?.isDirectory() === true);
}

/** Names of the modules that a folder holds, sorted. */
export function modulesIn(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => name.endsWith(".beam") && !isAppleDouble(name))
    .map((name) => name.slice(0, -".beam".length))
    .sort();
}

/** Whether a folder with a file of this name is a code path; an application may have no module. */
function isCode(name: string): boolean {
  return (name.endsWith(".beam") || name.endsWith(".app")) && !isAppleDouble(name);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw unreadable(`the folder "${folder}"`, cause);
  }
}
