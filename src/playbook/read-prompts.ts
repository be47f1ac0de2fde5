import { keyText } from "../documents/key-text.ts";
import type { DocumentNode, MappingNode } from "../documents/node.ts";
import { entryOf, valueOf } from "../documents/node-at.ts";
import { quote } from "../documents/quote.ts";
import type { Prompt } from "./playbook.ts";
import { report, type Reading } from "./playbook-source.ts";
import { textAt } from "./step-context.ts";
import { isTemplate } from "./template-text.ts";

/** Reads the key `vars_prompt` of a play, which its schema has checked. */
export function readPrompts(reading: Reading, node: DocumentNode | undefined): Prompt[] {
  if (node?.kind !== "sequence") return [];
  const prompts: Prompt[] = [];
  for (const item of node.items) {
    const prompt = readPrompt(reading, item);
    if (prompt === undefined) continue;
    if (prompts.some(({ name }) => name === prompt.name)) {
      report(reading, item, { message: `${quote(prompt.name)} is asked for twice` });
    }
    prompts.push(prompt);
  }
  return prompts;
}

/** Keys of Ansible's prompts, and what to do without them. */
const FOREIGN_KEYS: Readonly<Record<string, string>> = {
  encrypt: "Values are passed on as they are typed; hash them in a function on the host",
  salt: "Values are passed on as they are typed; hash them in a function on the host",
  salt_size: "Values are passed on as they are typed; hash them in a function on the host",
  unsafe: "Leave it out: what is typed is never a template",
};

/** Reports keys of Ansible's prompts that are none here, and gives the list without them. */
export function withoutForeignPromptKeys(reading: Reading, node: DocumentNode): DocumentNode {
  if (node.kind !== "sequence") return node;
  return {
    ...node,
    items: node.items.map((item) => (item.kind === "mapping" ? withoutForeignKeys(reading, item) : item)),
  };
}

function withoutForeignKeys(reading: Reading, item: MappingNode): MappingNode {
  const entries = item.entries.filter(({ key }) => {
    const name = keyText(key);
    if (!Object.hasOwn(FOREIGN_KEYS, name)) return true;
    report(reading, key, { message: `A prompt cannot have ${quote(name)}`, hint: FOREIGN_KEYS[name] });
    return false;
  });
  return { ...item, entries };
}

function readPrompt(reading: Reading, node: DocumentNode): Prompt | undefined {
  const name = textAt(node, "name");
  if (name === undefined) return undefined;
  if (!/^[A-Za-z_]\w*$/u.test(name)) {
    report(reading, valueOf(node, "name") ?? node, {
      message: `${quote(name)} cannot be the name of a variable that is asked for`,
      hint: "A name is made of letters, digits and underscores, and does not start with a digit",
    });
  }
  for (const key of ["prompt", "default"]) refuseTemplate(reading, node, key);
  const fallback = valueOf(node, "default");
  return {
    name,
    text: textAt(node, "prompt") ?? name,
    default: fallback === undefined ? undefined : reading.source.data(fallback, reading.problems),
    isPrivate: booleanAt(node, "private") ?? true,
    isConfirmed: booleanAt(node, "confirm") ?? false,
    location: reading.source.locate(entryOf(node, "name")?.key ?? node),
  };
}

function refuseTemplate(reading: Reading, node: DocumentNode, key: string): void {
  const value = valueOf(node, key);
  if (value === undefined || !isTemplate(textAt(node, key) ?? "")) return;
  report(reading, value, {
    message: `"${key}" cannot hold \${{ … }}: it is needed before any value is known`,
  });
}

function booleanAt(node: DocumentNode, key: string): boolean | undefined {
  const value = valueOf(node, key);
  return value?.kind === "scalar" && typeof value.value === "boolean" ? value.value : undefined;
}
