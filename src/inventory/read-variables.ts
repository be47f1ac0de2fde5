import type { Problem } from "../documents/document-error.ts";
import { keyText } from "../documents/key-text.ts";
import type { MappingNode } from "../documents/node.ts";
import { nodeToData, type ReadTag } from "../documents/node-to-data.ts";
import type { SourceFile } from "../documents/source-file.ts";
import type { Variable } from "./inventory-tree.ts";

/** What variables are read with: an inventory while it is read. */
export interface VariableReading {
  readonly problems: Problem[];
  readonly readTag: ReadTag;
}

/** Reads a mapping of variables. */
export function readVariables(
  mapping: MappingNode,
  file: SourceFile,
  { problems, readTag }: VariableReading,
): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const { key, value } of mapping.entries) {
    const before = problems.length;
    const data = nodeToData(value, file, problems, readTag);
    // What is wrong is told already.
    if (problems.length > before) continue;
    variables.set(keyText(key), {
      data,
      source: value.kind === "scalar" ? value.source : undefined,
      place: { file, range: value.range },
      namePlace: { file, range: key.range },
    });
  }
  return variables;
}
