import { parseDocument } from "yaml";
import { DocumentError } from "./document-error.ts";
import { findTooMuch } from "./nesting.ts";
import type { DocumentNode } from "./node.ts";
import { inOrder, problemAt } from "./problem-at.ts";
import { resolveNodes } from "./resolve-nodes.ts";
import type { SourceFile } from "./source-file.ts";
import { syntaxProblems } from "./syntax-problem.ts";
import { YAML_1_1_SCALARS } from "./yaml-1-1-scalars.ts";

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
