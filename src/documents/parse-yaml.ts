import { parseDocument } from "yaml";
import { DocumentError } from "./document-error.ts";
import { findTooDeep, MAX_DEPTH } from "./nesting.ts";
import type { DocumentNode } from "./node.ts";
import { inOrder, problemAt } from "./problem-at.ts";
import { resolveNodes } from "./resolve-nodes.ts";
import type { SourceFile } from "./source-file.ts";
import { syntaxProblems } from "./syntax-problem.ts";
import { YAML_1_1_SCALARS } from "./yaml-1-1-scalars.ts";

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

/**
 * Parses the one YAML document of a file.
 *
 * @returns its root; of an empty file a scalar that is null
 * @throws {DocumentError} with every mistake of syntax
 */
export function parseYaml(file: SourceFile, { scalars = "core" }: ParseOptions = {}): DocumentNode {
  const tooDeep = findTooDeep(file.text);
  if (tooDeep !== undefined) {
    throw new DocumentError([
      problemAt(file, tooDeep, `Lists and mappings nest deeper than ${MAX_DEPTH} levels here`),
    ]);
  }
  const isCore = scalars === "core" || isJson(file.text);
  const document = parseDocument(file.text, {
    version: "1.2",
    ...(isCore
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
  const { node, problems } = resolveNodes(file, document, { keysByValue: !isCore });
  if (problems.length > 0) throw new DocumentError(inOrder(problems));
  return node;
}

function isJson(text: string): boolean {
  if (!/^\s*[[{"]/u.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
