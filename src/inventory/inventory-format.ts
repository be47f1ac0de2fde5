import { extname } from "node:path";
import { DocumentError } from "../documents/document-error.ts";
import { problemAt } from "../documents/problem-at.ts";
import type { SourceFile } from "../documents/source-file.ts";

const BY_EXTENSION: Readonly<Record<string, "yaml" | "ini">> = {
  ".yml": "yaml",
  ".yaml": "yaml",
  ".json": "yaml",
  ".ini": "ini",
  ".cfg": "ini",
};

/**
 * Tells the format of an inventory: by its extension, or else by its first line that is no comment.
 *
 * @throws {DocumentError} if it is a program or in a format that is not read
 */
export function inventoryFormat(file: SourceFile): "yaml" | "ini" {
  const byExtension = BY_EXTENSION[extname(file.path).toLowerCase()];
  if (byExtension !== undefined) return byExtension;
  if (file.text.startsWith("#!")) {
    const hint = "Save what it prints: ansible-inventory --list --yaml --export";
    throw new DocumentError([problemAt(file, 0, "This is a program, and inventories are not run", hint)]);
  }
  const first = file.text.split("\n").find((line) => /^\s*[^\s#;]/u.test(line)) ?? "";
  return /^(?:---|\{|["']?[^\s=[\]]+["']?:\s*(?:\{.*\}\s*)?(?:#.*)?$)/u.test(first) ? "yaml" : "ini";
}
