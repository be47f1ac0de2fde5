import { keyText } from "../documents/key-text.ts";
import type { DocumentNode } from "../documents/node.ts";
import { report, type Reading } from "./playbook-source.ts";

/** Keys whose values become terms, so that tags have a meaning in them. */
const TERM_KEYS: ReadonlySet<string> = new Set([
  "args",
  "bindings",
  "config",
  "default",
  "equals",
  "loop",
  "set",
  "value",
  "vars",
]);

/** Reports tags such as `!atom` where no term is made, and where they would be lost without a word. */
export function refuseTags(reading: Reading, node: DocumentNode): void {
  if (node.tag !== undefined) {
    report(reading, node, {
      message:
        node.tag === "!function"
          ? "A function cannot stand here"
          : `A value tagged ${node.tag} cannot stand here`,
      hint: `Tags are for terms: in ${[...TERM_KEYS].join(", ")}`,
    });
    return;
  }
  if (node.kind === "sequence") for (const item of node.items) refuseTags(reading, item);
  if (node.kind !== "mapping") return;
  for (const { key, value } of node.entries) {
    if (!TERM_KEYS.has(keyText(key))) refuseTags(reading, value);
  }
}
