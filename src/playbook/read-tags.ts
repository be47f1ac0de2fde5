import type { DocumentNode } from "../documents/node.ts";
import type { Reading } from "./playbook-source.ts";
import { refuseTemplate } from "./refuse-template.ts";
import { oneOrMore, textOf } from "./step-context.ts";

/** Reads `tags`: a word, words with commas between them, or a list of both. */
export function readTags(reading: Reading, node: DocumentNode | undefined): string[] {
  const items = oneOrMore(node).filter((item) => !refuseTemplate(reading, item, "tags"));
  const texts = items.map((item) => textOf(item) ?? "");
  return texts
    .flatMap((text) => text.split(","))
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}
