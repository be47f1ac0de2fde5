import { keyText } from "./key-text.ts";
import type { DocumentNode, MappingEntry } from "./node.ts";

/** The entry of a mapping by the text of its key; undefined where `node` is no mapping or lacks it. */
export function entryOf(node: DocumentNode, key: string): MappingEntry | undefined {
  if (node.kind !== "mapping") return undefined;
  return node.entries.find((entry) => keyText(entry.key) === key);
}

/** The value under a key of a mapping. */
export function valueOf(node: DocumentNode, key: string): DocumentNode | undefined {
  return entryOf(node, key)?.value;
}

/** Finds the node that a JSON Pointer such as `/steps/0/run` leads to. */
export function nodeAt(root: DocumentNode, pointer: string): DocumentNode | undefined {
  let node: DocumentNode | undefined = root;
  for (const segment of segmentsOf(pointer)) {
    if (node === undefined) return undefined;
    node = node.kind === "sequence" ? node.items[Number(segment)] : valueOf(node, segment);
  }
  return node;
}

/** The parts of a JSON Pointer, unescaped. */
export function segmentsOf(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}
