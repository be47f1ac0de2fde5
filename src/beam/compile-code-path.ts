import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheKey } from "./compile-cache.ts";
import { modulesIn } from "./module-index.ts";

/** The modules that a source may use while it is compiled: macros, structs, behaviours. */
export interface CompileCodePath {
  readonly folders: readonly string[];
  /** Changes when any of the modules does, as they become part of what is compiled against them. */
  readonly digest: string;
}

/** Makes a code path for compilers from folders and `.beam` files. */
export function compileCodePath(beams: readonly string[]): CompileCodePath {
  const folders = beams.map((path) => (path.endsWith(".beam") ? dirname(path) : path));
  return { folders: Array.from(new Set(folders)), digest: cacheKey(beams.flatMap(stampsOf)) };
}

function stampsOf(path: string): (readonly [file: string, mtimeMs: number, size: number])[] {
  const files = path.endsWith(".beam")
    ? [path]
    : modulesIn(path).map((module) => join(path, `${module}.beam`));
  return files.map((file) => {
    const { mtimeMs, size } = statSync(file);
    return [file, mtimeMs, size];
  });
}
