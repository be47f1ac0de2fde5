import type { Problem } from "../documents/document-error.ts";
import { keyText } from "../documents/key-text.ts";
import type { MappingNode } from "../documents/node.ts";
import { nodeToData } from "../documents/node-to-data.ts";
import type { SourceFile } from "../documents/source-file.ts";
import type { Variable } from "./inventory-tree.ts";

/** Reads a mapping of variables. */
export function readVariables(
  mapping: MappingNode,
  file: SourceFile,
  problems: Problem[],
): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const { key, value } of mapping.entries) {
    variables.set(keyText(key), {
      data: nodeToData(value, file, problems),
      source: value.kind === "scalar" ? value.source : undefined,
      place: { file, range: value.range },
      namePlace: { file, range: key.range },
    });
  }
  return variables;
}
