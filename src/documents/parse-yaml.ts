import { parseDocument } from "yaml";
import { resolveCoreScalar } from "./core-scalars.ts";
import { DocumentError } from "./document-error.ts";
import { findTooMuch } from "./nesting.ts";
import type { DocumentNode } from "./node.ts";
import { inOrder, problemAt } from "./problem-at.ts";
import { parseAnsibleJson } from "./parse-ansible-json.ts";
import { parsePlainYaml, type PlainYamlOptions } from "./plain-yaml.ts";
import { resolveNodes } from "./resolve-nodes.ts";
import type { SourceFile } from "./source-file.ts";
import { syntaxProblems } from "./syntax-problem.ts";
import { resolvePlain, YAML_1_1_SCALARS } from "./yaml-1-1-scalars.ts";

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
export function parseYaml(file: SourceFile, { scalars = "core" }: ParseOptions = {}): DocumentNode {
  const json = scalars === "ansible" ? jsonRoot(file) : undefined;
  return json ?? parsePlainYaml(file.text, PLAIN_OPTIONS[scalars]) ?? parseWholeYaml(file, scalars);
}

/**
 * Parses YAML, whatever of it a file uses.
 *
 * @throws {DocumentError} with every mistake of syntax
 */
export function parseWholeYaml(file: SourceFile, scalars: "core" | "ansible"): DocumentNode {
  const tooMuch = findTooMuch(file.text);
  if (tooMuch !== undefined) {
    throw new DocumentError([problemAt(file, tooMuch.offset, tooMuch.message)]);
  }
  const document = parseDocument(file.text, {
    version: "1.2",
    ...(scalars === "core"
      ? { schema: "core", customTags: ["binary"] }
      : { schema: "failsafe", customTags: [...YAML_1_1_SCALARS, "binary"] }),
    intAsBigInt: true,
    // Both are done while the nodes are walked: here double keys would be looked for in quadratic time,
    // and positions would be written into the messages.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "error",
  });
  const syntax = syntaxProblems(file, document);
  if (syntax.length > 0) throw new DocumentError(syntax);
  const { node, problems } = resolveNodes(file, document, { keysByValue: scalars === "ansible" });
  if (problems.length > 0) throw new DocumentError(inOrder(problems));
  return node;
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
