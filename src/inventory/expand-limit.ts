import { resolve } from "node:path";
import { readSourceFile } from "../documents/read-source-file.ts";
import { splitPattern } from "./pattern.ts";

/**
 * Replaces each part `@file` of a `--limit` by the patterns in that file, one on each line.
 *
 * @throws {FusionPlayError} `FILE_UNREADABLE`
 */
export async function expandLimit(limit: string, workingDirectory: string = process.cwd()): Promise<string> {
  const parts = splitPattern(limit);
  if (!parts.some((part) => part.startsWith("@"))) return limit;
  const expanded: string[] = [];
  for (const part of parts) {
    if (part.startsWith("@")) {
      const name = part.slice(1);
      const { text } = await readSourceFile(resolve(workingDirectory, name), name);
      expanded.push(...text.split("\n").map((line) => line.trim()));
    } else expanded.push(part);
  }
  // The comma at the end keeps the colons of a lone line from separating.
  return `${expanded.filter((part) => part !== "").join(",")},`;
}
