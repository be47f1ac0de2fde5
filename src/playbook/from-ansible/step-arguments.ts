import { keyText } from "../../documents/key-text.ts";
import type { DocumentNode } from "../../documents/node.ts";
import { quote } from "../../documents/quote.ts";
import { STEP_SCHEMAS } from "../step-schema.ts";
import type { Finding } from "./findings.ts";
import { conditionsIn, templatesIn, type Names } from "./templates.ts";

/** What stands here in the place of arguments of `assert`, `fail`, `pause`, `wait_for`, and of `loop_control`. */
const INSTEAD: Readonly<Record<string, string>> = {
  "assert.fail_msg": "Write message",
  "assert.msg": "Write message",
  "assert.quiet": "Leave it out: nothing is shown of what holds",
  "assert.success_msg": "Leave it out: nothing is shown of what holds",
  "fail.msg": "Write message",
  "loop_control.extended": "index_var has the number of the item",
  "loop_control.loop_var": "Leave it out: the item is always item",
  "pause.prompt": "Ask before the run, with vars_prompt of the play",
  "wait_for.connect_timeout": "Put timeout beside wait_for",
  "wait_for.delay": "Put a step pause before it",
  "wait_for.timeout": "Put timeout beside wait_for",
};

/** Finds what is not known in the mapping below a kind of step that Ansible has as well, or `loop_control`. */
export function* argumentsIn(key: string, node: DocumentNode, names: Names): Generator<Finding> {
  if (key === "meta") {
    yield* metaIn(node);
    return;
  }
  if (node.kind !== "mapping") {
    yield* templatesIn(node, names);
    return;
  }
  const known = keysBelow(schemaOf(key));
  for (const entry of node.entries) {
    const name = keyText(entry.key);
    if (!known.includes(name)) {
      const message = `${quote(name)} is no key of ${key} here`;
      const hint = INSTEAD[`${key}.${name}`] ?? `Its keys are ${known.join(", ")}`;
      yield { node: entry.key, alike: `key ${key}.${name}`, message, hint };
    }
    if (name === "that") yield* conditionsIn("that", entry.value, names);
    else yield* templatesIn(entry.value, names);
  }
}

function* metaIn(node: DocumentNode): Generator<Finding> {
  const known = (schemaOf("meta") as { enum?: readonly string[] } | undefined)?.enum ?? [];
  if (node.kind !== "scalar" || known.includes(String(node.value))) return;
  const hint = `meta is ${known.join(" or ")} here`;
  yield { node, alike: `meta ${node.source}`, message: `There is no meta ${quote(node.source)} here`, hint };
}

interface Branch {
  readonly properties?: object;
  readonly anyOf?: readonly Branch[];
}

function schemaOf(key: string): Branch | undefined {
  const kind = key === "loop_control" ? STEP_SCHEMAS.run : STEP_SCHEMAS[key as keyof typeof STEP_SCHEMAS];
  return (kind as unknown as { properties: Record<string, Branch> }).properties[key];
}

function keysBelow(schema: Branch | undefined): string[] {
  if (schema === undefined) return [];
  return [...Object.keys(schema.properties ?? {}), ...(schema.anyOf ?? []).flatMap(keysBelow)];
}
