import { extname } from "node:path";
import { DocumentError } from "../documents/document-error.ts";
import { problemAt } from "../documents/problem-at.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { plainName } from "../secrets/read-encrypted-file.ts";

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
  const byExtension = BY_EXTENSION[extname(plainName(file.path)).toLowerCase()];
  if (byExtension !== undefined) return byExtension;
  const other = otherFormat(file);
  if (other !== undefined) throw new DocumentError([problemAt(file, 0, ...other)]);
  const first = file.text.split("\n").find((line) => /^\s*[^\s#;]/u.test(line)) ?? "";
  return /^(?:---|\{|["']?[^\s=[\]]+["']?:\s*(?:\{.*\}\s*)?(?:#.*)?$)/u.test(first) ? "yaml" : "ini";
}

const PROGRAMS = new Set([".bash", ".php", ".pl", ".py", ".rb", ".sh"]);

/** What a file is that holds no inventory in YAML or INI, and what to do about it. */
function otherFormat({ path, text }: SourceFile): [message: string, hint: string] | undefined {
  const extension = extname(plainName(path)).toLowerCase();
  if (text.startsWith("#!")) {
    return ["This is a program, and it is not executable", `Make it executable: chmod +x ${path}`];
  }
  if (PROGRAMS.has(extension)) {
    const hint = "Begin it with a line such as #!/usr/bin/env python3, and make it executable";
    return ["This is a program, and its first line names no interpreter", hint];
  }
  if (extension !== ".toml") return undefined;
  const hint = `Save it as YAML: ansible-inventory -i ${path} --list --yaml --export`;
  return ["Inventories in TOML cannot be read", hint];
}
