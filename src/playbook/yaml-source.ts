import { nodeToData, type ReadTag } from "../documents/node-to-data.ts";
import { positionAt } from "../documents/position.ts";
import type { DocumentNode } from "../documents/node.ts";
import type { SourceFile } from "../documents/source-file.ts";
import type { PlaybookSource } from "./playbook-source.ts";
import type { Location } from "./playbook.ts";
import { textOffset } from "./text-offset.ts";

/**
 * Makes a YAML file the source of a playbook.
 *
 * @param readTag knows more tags than those of terms
 */
export function yamlSource(text: SourceFile, readTag: ReadTag): PlaybookSource {
  const offsetOf = (node: DocumentNode, offset: number): number => {
    const [start, end] = node.range;
    if (node.kind !== "scalar" || typeof node.value !== "string") return start;
    return start + textOffset(text.text.slice(start, end), node.value, offset);
  };
  const locate = (node: DocumentNode, offset?: number): Location => {
    const at = offset === undefined ? node.range[0] : offsetOf(node, offset);
    return { file: text.path, ...positionAt(text, at) };
  };
  return {
    text,
    data: (node, problems) => nodeToData(node, text, problems, readTag),
    offsetOf,
    locate,
    place: locate,
    template: () => undefined,
  };
}
