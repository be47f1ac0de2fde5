import { readdirSync, statSync, type Stats } from "node:fs";
import { join } from "node:path";

/** Whether `path` is written as a pattern: with `*`, `?`, `[…]` or `{…}`. */
export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

/**
 * Lists the files and folders that an absolute pattern matches, sorted.
 *
 * | written  | matches                                                     |
 * |----------|-------------------------------------------------------------|
 * | `*`      | any characters of one name                                  |
 * | `?`      | one character                                               |
 * | `[a-c]`  | one of these characters, `[!a-c]` one other                 |
 * | `{a,b}`  | either; what stands in it may hold patterns and slashes     |
 * | `**`     | any number of folders, none as well; links are not followed |
 *
 * Names that start with a dot are matched only by a pattern that starts with one.
 */
export function glob(pattern: string): string[] {
  const found = new Set<string>();
  for (const alternative of expandBraces(pattern)) {
    const segments = alternative.split("/").filter((segment) => segment !== "");
    for (const path of matchSegments("/", segments)) found.add(path);
  }
  return Array.from(found).sort();
}

/** `a{b,c}d` gives `abd` and `acd`; a brace without its counterpart stands for itself. */
export function expandBraces(pattern: string): string[] {
  const start = pattern.indexOf("{");
  const parts = start === -1 ? undefined : alternativesAt(pattern, start);
  if (parts === undefined) return [pattern];
  const { alternatives, end } = parts;
  const rests = expandBraces(pattern.slice(end));
  return alternatives.flatMap((alternative) =>
    expandBraces(alternative).flatMap((middle) =>
      rests.map((rest) => pattern.slice(0, start) + middle + rest),
    ),
  );
}

function alternativesAt(pattern: string, start: number): { alternatives: string[]; end: number } | undefined {
  const alternatives: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === "{") depth++;
    else if (character === "}") depth--;
    if (depth === 0 || (depth === 1 && character === ",")) {
      alternatives.push(pattern.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) return { alternatives, end: at + 1 };
  }
  return undefined;
}

function matchSegments(folder: string, segments: readonly string[]): string[] {
  const [segment, ...rest] = segments;
  if (segment === undefined) return [folder];
  if (segment === "**") return matchAnyDepth(folder, rest);
  if (!isGlob(segment)) {
    const path = join(folder, segment);
    return kindOf(path) === "none" ? [] : matchSegments(path, rest);
  }
  const expression = segmentExpression(segment);
  return namesIn(folder)
    .filter((name) => expression.test(name) && (!name.startsWith(".") || segment.startsWith(".")))
    .map((name) => join(folder, name))
    .filter((path) => rest.length === 0 || kindOf(path) === "folder")
    .flatMap((path) => matchSegments(path, rest));
}

function matchAnyDepth(folder: string, rest: readonly string[]): string[] {
  const below = subfolders(folder).flatMap((path) => matchAnyDepth(path, rest));
  // `**` at the end stands for all files and folders below.
  return [...matchSegments(folder, rest.length === 0 ? ["*"] : rest), ...below];
}

/** Folders in `folder` that are no links, so that a walk of them ends. */
function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

/** A folder that cannot be read matches nothing, as in a shell. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function kindOf(path: string): "file" | "folder" | "none" {
  const stats = statIfReachable(path);
  if (stats === undefined) return "none";
  return stats.isDirectory() ? "folder" : "file";
}

/** The stats of what a pattern may match; undefined where nothing is, or links or permissions are in the way. */
export function statIfReachable(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function segmentExpression(segment: string): RegExp {
  const source = segment.replace(
    /\[(!|\^)?([^\]]+)\]|[\s\S]/g,
    (part: string, not?: string, set?: string) => {
      if (part === "*") return "[^/]*";
      if (part === "?") return "[^/]";
      if (set !== undefined) return `[${not === undefined ? "" : "^"}${set.replace(/[\\\][^]/g, "\\$&")}]`;
      return part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    },
  );
  try {
    return new RegExp(`^${source}$`, "su");
  } catch {
    // A set such as `[z-a]` matches nothing, like in a shell.
    return /$^./;
  }
}
