import { resolve } from "node:path";
import { readSourceFile } from "../documents/read-source-file.ts";
import { emptyPattern, splitPattern } from "./pattern.ts";

/**
 * Replaces each part `@file` of a `--limit` by the patterns in that file, one on each line.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`, `USAGE` if there is no pattern
 */
export async function expandLimit(limit: string, workingDirectory: string = process.cwd()): Promise<string> {
  const parts = splitPattern(limit);
  if (!parts.some((part) => part.startsWith("@"))) return limit;
  const expanded: string[] = [];
  for (const part of parts) {
    if (part.startsWith("@")) {
      const name = part.slice(1);
      const { text } = await readSourceFile(resolve(workingDirectory, name), name);
      const lines = text.split("\n").map((line) => line.trim());
      expanded.push(...lines.filter((line) => line !== ""));
    } else expanded.push(part);
  }
  if (expanded.length === 0) throw emptyPattern(limit);
  // The comma at the end keeps the colons of a lone line from separating.
  return `${expanded.join(",")},`;
}
