import { resolveCoreScalar } from "./core-scalars.ts";
import { DocumentError } from "./document-error.ts";
import type { DocumentNode } from "./node.ts";
import { parseAnsibleJson } from "./parse-ansible-json.ts";
import { parsePlainYaml, type PlainYamlOptions } from "./plain-yaml.ts";
import type { SourceFile } from "./source-file.ts";
import { resolvePlain } from "./yaml-1-1-scalars.ts";

/** Options of {@linkcode parseYaml}. */
export interface ParseOptions {
  /**
   * What plain scalars stand for: by the core schema of YAML 1.2, or as Ansible reads them (`yes` is true,
   * `0644` is octal). What is JSON as well Ansible reads as JSON.
   *
   * @default "core"
   */
  readonly scalars?: "core" | "ansible";
}

/** How what nearly every file is made of is read. */
const PLAIN_OPTIONS: Readonly<Record<"core" | "ansible", PlainYamlOptions>> = {
  core: { resolve: resolveCoreScalar, keysByValue: false },
  ansible: { resolve: resolvePlain },
};

/**
 * Parses the one YAML document of a file.
 *
 * @returns its root; of an empty file a scalar that is null
 * @throws {DocumentError} with every mistake of syntax
 */
export async function parseYaml(
  file: SourceFile,
  { scalars = "core" }: ParseOptions = {},
): Promise<DocumentNode> {
  const json = scalars === "ansible" ? jsonRoot(file) : undefined;
  const plain = json ?? parsePlainYaml(file.text, PLAIN_OPTIONS[scalars]);
  if (plain !== undefined) return plain;
  // Few files need the whole parser, and it takes a while to load.
  const { parseWholeYaml } = await import("./parse-whole-yaml.ts");
  return parseWholeYaml(file, scalars);
}

/** Gives the root of a JSON document, and nothing where it is something else. */
function jsonRoot(file: SourceFile): DocumentNode | undefined {
  if (!/^\s*[[{"]/u.test(file.text)) return undefined;
  try {
    return parseAnsibleJson(file);
  } catch (error) {
    if (error instanceof DocumentError) return undefined;
    throw error;
  }
}
