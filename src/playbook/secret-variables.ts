import { keyText } from "../documents/key-text.ts";
import type { DocumentNode } from "../documents/node.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { PlaybookSource } from "./playbook-source.ts";

/**
 * Keeps secret what an encrypted file gives to variables, in `vars` and `set` of plays, blocks and steps. All
 * else, such as names of steps, would hide too much.
 */
export function addSecretVariables(source: PlaybookSource, root: DocumentNode, secrets: Secrets): void {
  for (const node of variablesIn(root)) secrets.addData(source.data(node, []));
}

function* variablesIn(node: DocumentNode): Generator<DocumentNode> {
  if (node.kind === "sequence") for (const item of node.items) yield* variablesIn(item);
  if (node.kind !== "mapping") return;
  for (const { key, value } of node.entries) {
    const name = keyText(key);
    if (name === "vars" || name === "set") yield value;
    else yield* variablesIn(value);
  }
}
