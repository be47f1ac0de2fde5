import { keyText } from "../documents/key-text.ts";
import type { DocumentNode, MappingNode } from "../documents/node.ts";
import { entryOf, valueOf } from "../documents/node-at.ts";
import { quote } from "../documents/quote.ts";
import { compileSchema, type CompiledSchema } from "../documents/validate.ts";
import { LISTEN_SCHEMA } from "./play-schema.ts";
import type { Handler } from "./playbook.ts";
import { checkSchema, report, type Reading } from "./playbook-source.ts";
import { readSteps } from "./read-steps.ts";
import { oneOrMore, textAt, textOf, type HandlersBefore, type StepsBefore } from "./step-context.ts";
import { isTemplate } from "./template-text.ts";

/** What steps may notify: the names of the handlers of a play, and what they listen to. */
export function namesOfHandlers(node: DocumentNode | undefined): readonly string[] {
  return node?.kind === "sequence" ? [...new Set(node.items.flatMap(namesOf))] : [];
}

function namesOf(item: DocumentNode): string[] {
  const listen = oneOrMore(valueOf(item, "listen")).map(textOf);
  const names = [textAt(item, "name"), ...listen].filter((name) => name !== undefined);
  // What cannot be a name is told where it stands.
  return names.filter((name) => name.trim() !== "" && !isTemplate(name));
}

/**
 * Reads the handlers of a play. Each may use what steps and the handlers before it register, but there is no
 * step before it whose result it could use.
 *
 * @param after what the steps of the play leave
 */
export function readHandlers(
  reading: Reading,
  node: DocumentNode | undefined,
  after: StepsBefore,
): readonly Handler[] {
  if (node?.kind !== "sequence") return [];
  const handlers: Handler[] = [];
  const names = new Set<string>();
  let before = after;
  for (const [index, item] of node.items.entries()) {
    const { steps, after: next } = readSteps(
      reading,
      { ...node, items: [withoutListen(item)] },
      {
        ...before,
        language: undefined,
        isFirst: true,
        isUncertain: true,
        handlers: around(node.items, index),
      },
    );
    before = next;
    if (item.kind === "mapping") {
      checkName(reading, item, names);
      const listen = readListen(reading, item);
      handlers.push(...steps.map((step) => ({ step, listen })));
    }
  }
  return handlers;
}

function around(items: readonly DocumentNode[], index: number): HandlersBefore {
  return {
    notifiable: items.slice(index + 1).flatMap(namesOf),
    passed: items.slice(0, index + 1).flatMap(namesOf),
    isHandler: true,
  };
}

/** What no other step has. */
function withoutListen(node: DocumentNode): DocumentNode {
  if (node.kind !== "mapping") return node;
  return { ...node, entries: node.entries.filter(({ key }) => keyText(key) !== "listen") };
}

function checkName(reading: Reading, node: MappingNode, before: Set<string>): void {
  const name = textAt(node, "name");
  if (name === undefined || name.trim() === "") {
    // Of a name that is no text, the schema has told.
    if (name === undefined && entryOf(node, "name") !== undefined) return;
    report(reading, valueOf(node, "name") ?? node, {
      message: "A handler needs a name, which steps notify",
      hint: "Add name:",
    });
  } else if (isTemplate(name)) {
    report(reading, valueOf(node, "name") ?? node, {
      message: '"name" of a handler cannot hold ${{ … }}: handlers are looked up before any value is known',
      hint: "Write a name that fits every host",
    });
  } else if (before.has(name)) {
    report(reading, valueOf(node, "name") ?? node, {
      message: `Two handlers are called ${quote(name)}`,
      hint: "To notify several with one name, let them listen to it",
    });
  } else before.add(name);
}

let listenSchema: CompiledSchema | undefined;

function readListen(reading: Reading, node: MappingNode): readonly string[] {
  const entry = entryOf(node, "listen");
  if (entry === undefined) return [];
  listenSchema ??= compileSchema(LISTEN_SCHEMA);
  if (!checkSchema(reading, { ...node, entries: [entry] }, listenSchema)) return [];
  const items = oneOrMore(entry.value);
  for (const item of items.filter((each) => isTemplate(textOf(each) ?? ""))) {
    report(reading, item, {
      message: '"listen" cannot hold ${{ … }}: handlers are looked up before any value is known',
    });
  }
  return items.flatMap((item) => textOf(item) ?? []);
}
