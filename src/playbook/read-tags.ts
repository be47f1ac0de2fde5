import type { DocumentNode } from "../documents/node.ts";
import { oneOrMore, textOf } from "./step-context.ts";

/** Reads `tags`: a word, words with commas between them, or a list of both. */
export function readTags(node: DocumentNode | undefined): string[] {
  const texts = oneOrMore(node).map((item) => textOf(item) ?? "");
  return texts
    .flatMap((text) => text.split(","))
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}
