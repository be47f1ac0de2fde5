import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "./digest.ts";

/** A file that a compiler read, and what stands for its content. */
export type Stamp = readonly [path: string, content: string | null];

/**
 * Stamps what is at `paths` now: the content of files, and the names in folders. What is not there may come to be.
 *
 * @param begun when what read the files began: what has changed since may not be what was read, and has a stamp that
 *   it never has again
 */
export function stampsOf(paths: readonly string[], begun: number = Infinity): Stamp[] {
  return paths.map((path) => [path, contentOf(path, begun)]);
}

function contentOf(path: string, begun: number): string | null {
  try {
    const stats = statSync(path);
    if (stats.mtimeMs >= begun) return randomUUID();
    if (stats.isDirectory()) return digestOf(JSON.stringify(readdirSync(path).sort()));
    return stats.isFile() ? digestOf(readFileSync(path)) : null;
  } catch {
    return null;
  }
}

/** Reads the paths that `noteDependencies` wrote. */
export function knownDependencies(note: string): readonly string[] {
  try {
    return JSON.parse(readFileSync(note, "utf8")) as readonly string[];
  } catch {
    // There are none, or nothing is known of them.
    return [];
  }
}

export interface DependencyNote {
  /** Path of the file. */
  readonly note: string;
  readonly dependencies: readonly string[];
  /** A folder for what is not whole. */
  readonly workshop: string;
}

/** Writes down paths, for those who may read the note at the same time as well. */
export function noteDependencies({ note, dependencies, workshop }: DependencyNote): void {
  if (dependencies.length === 0 && !existsSync(note)) return;
  const draft = join(workshop, "dependencies.json");
  writeFileSync(draft, JSON.stringify(dependencies), { mode: 0o600 });
  renameSync(draft, note);
}
