import type { DocumentNode } from "./node.ts";
import { entryOf, segmentsOf } from "./node-at.ts";
import { quote } from "./quote.ts";

/** What a message calls the value at a JSON Pointer: `"timeout"`, `Item 2 of "steps"`. */
export function subjectOf(root: DocumentNode, pointer: string): string {
  let node: DocumentNode | undefined = root;
  let list: string | undefined;
  let subject = root.kind === "scalar" && root.value === null ? "The document" : "This";
  for (const segment of segmentsOf(pointer)) {
    if (node?.kind === "sequence") {
      const item = `Item ${Number(segment) + 1}`;
      subject = list === undefined ? item : `${item} of ${quote(list)}`;
      node = node.items[Number(segment)];
    } else {
      subject = quote(segment);
      list = segment;
      node = node === undefined ? undefined : entryOf(node, segment)?.value;
    }
  }
  return subject;
}
