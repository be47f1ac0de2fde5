import { keyText } from "../../documents/key-text.ts";
import type { DocumentNode } from "../../documents/node.ts";
import { quote } from "../../documents/quote.ts";
import type { Finding } from "./findings.ts";
import { jinjaToCel } from "./jinja-to-cel.ts";

/** What names mean that tasks register or give to items. */
export type Names = ReadonlyMap<string, string>;

/** With a limit to its length, so that no text takes long to search. */
const JINJA = /(?<!\$)\{\{-?(?<expression>.{0,500}?)-?\}\}|\{%.{0,500}?%\}/gs;

/** The expression of a text that is a single template; undefined of any other text. */
function loneExpression(text: string): string | undefined {
  if (!text.startsWith("{{") || text.indexOf("}}") !== text.length - 2) return undefined;
  return text.slice(2, -2).trim();
}

/** Finds the templates of Jinja in a value. */
export function* templatesIn(node: DocumentNode, names: Names): Generator<Finding> {
  if (node.kind === "sequence") for (const item of node.items) yield* templatesIn(item, names);
  if (node.kind === "mapping") for (const { value } of node.entries) yield* templatesIn(value, names);
  if (node.kind !== "scalar" || typeof node.value !== "string") return;
  for (const { 0: text, index: offset, groups } of node.value.matchAll(JINJA)) {
    const expression = groups?.["expression"];
    const translation =
      expression === undefined
        ? { reason: "There are no statements in texts: let a function of Erlang or Elixir make the text" }
        : jinjaToCel(expression, names);
    const message = `${quote(text)} is a template of Ansible`;
    yield "cel" in translation
      ? { node, offset, alike: "template", message, write: `\${{ ${translation.cel} }}` }
      : { node, offset, alike: `template: ${translation.reason}`, message, hint: translation.reason };
  }
}

/** Finds what is no CEL in a condition, or a list of conditions. */
export function* conditionsIn(key: string, node: DocumentNode, names: Names): Generator<Finding> {
  if (node.kind === "sequence") for (const item of node.items) yield* conditionsIn("", item, names);
  if (node.kind !== "scalar" || typeof node.value !== "string") return;
  const source = node.value.trim();
  const inside = loneExpression(source) ?? source;
  const translation = jinjaToCel(inside, names);
  const message = `${quote(source)} is a condition of Ansible`;
  if ("reason" in translation) {
    yield { node, alike: `condition: ${translation.reason}`, message, hint: translation.reason };
  } else if (translation.cel !== source) {
    const write = `${key === "" ? "- " : `${key}: `}${yamlText(translation.cel)}`;
    yield { node, alike: "condition", message, write };
  }
}

/** Finds what is no CEL in the value of `loop` or `with_items`. */
export function* loopIn(node: DocumentNode, names: Names): Generator<Finding> {
  const source = node.kind === "scalar" && typeof node.value === "string" ? node.value.trim() : "";
  const inside = loneExpression(source);
  const translation = inside === undefined ? undefined : jinjaToCel(inside, names);
  if (translation === undefined || "reason" in translation) yield* templatesIn(node, names);
  else {
    const message = `${quote(source)} is a template of Ansible`;
    yield { node, alike: "template", message, write: `loop: ${yamlText(translation.cel)}` };
  }
}

/** Writes a text as YAML takes it for one. */
function yamlText(text: string): string {
  return /^[A-Za-z(]/.test(text) && !/: | #/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** Collects the names that tasks register or give to items, and what they are called here. */
export function namesIn(node: DocumentNode, names: Map<string, string> = new Map()): Map<string, string> {
  if (node.kind === "sequence") for (const item of node.items) namesIn(item, names);
  if (node.kind !== "mapping") return names;
  for (const { key, value } of node.entries) {
    const name = value.kind === "scalar" && typeof value.value === "string" ? value.value : undefined;
    const text = keyText(key);
    if (name === undefined) namesIn(value, names);
    else if (text === "register" || text === "index_var") names.set(name, name);
    else if (text === "loop_var") names.set(name, "item");
  }
  return names;
}
