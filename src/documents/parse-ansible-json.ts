import { entryOf } from "./node-at.ts";
import type { DocumentNode } from "./node.ts";
import { parseJson } from "./parse-json.ts";
import type { SourceFile } from "./source-file.ts";

/** Keys of objects that stand for a tagged value: JSON has no tags. */
const TAGS = [
  ["__ansible_vault", "!vault"],
  ["__ansible_unsafe", "!unsafe"],
] as const;

/**
 * Parses JSON as Ansible writes it: `{"__ansible_vault": "…"}` stands for a value with the tag `!vault`.
 *
 * @throws {DocumentError} with the first mistake
 */
export function parseAnsibleJson(file: SourceFile): DocumentNode {
  const root = parseJson(file);
  return TAGS.some(([key]) => file.text.includes(key)) ? withTags(root) : root;
}

function withTags(node: DocumentNode): DocumentNode {
  if (node.kind === "scalar") return node;
  if (node.kind === "sequence") return { ...node, items: node.items.map(withTags) };
  for (const [key, tag] of TAGS) {
    const value = entryOf(node, key)?.value;
    if (value !== undefined) return { ...withTags(value), tag };
  }
  return { ...node, entries: node.entries.map(({ key, value }) => ({ key, value: withTags(value) })) };
}
