import { TermList, type Data } from "../etf/data.ts";
import { isTermNode, type TermNode } from "../etf/term.ts";
import { Secret } from "../secret.ts";
import type { DocumentNode, MappingEntry, ScalarNode } from "./node.ts";

/** A value of a TypeScript module as nodes, so that it is read and checked just as a file is. */
export interface ObjectNodes {
  readonly root: DocumentNode;
  /** The paths of the values, such as `steps[2].run`. A node is told by its range, which starts at its index. */
  readonly paths: readonly string[];
  /** What is wrong with the value as a whole. */
  readonly mistakes: readonly ObjectMistake[];
  /** The value that a node stands for. */
  valueOf(node: DocumentNode): unknown;
  /** Finds what no term can be made of: functions, objects of classes, numbers without a value. */
  mistakesOfData(node: DocumentNode): ObjectMistake[];
}

export interface ObjectMistake {
  readonly node: DocumentNode;
  readonly message: string;
}

/** Options of {@linkcode objectNodes}. */
export interface ObjectNodesOptions {
  /** What messages call the value. */
  readonly subject: string;
  /** A value of more values is not read: those that share parts could stand for billions. */
  readonly mostValues: number;
}

/** Turns a value into nodes. */
export function objectNodes(value: unknown, { subject, mostValues }: ObjectNodesOptions): ObjectNodes {
  const paths: string[] = [];
  const values = new Map<DocumentNode, unknown>();
  const mistakes: ObjectMistake[] = [];

  /** @param within the objects around it, to find one that contains itself */
  const nodeOf = (item: unknown, path: string, within: readonly unknown[]): DocumentNode => {
    const range = [paths.length, paths.length] as const;
    paths.push(path);
    const isEndless = within.includes(item);
    const isTooLarge = paths.length >= mostValues;
    const node = isEndless || isTooLarge ? scalarOf(null, range) : build(item, path, within);
    if (isEndless) mistakes.push({ node, message: "The value contains itself" });
    if (paths.length === mostValues) {
      mistakes.push({ node, message: `The ${subject} has more than ${mostValues} values` });
    }
    values.set(node, item);
    return node;
  };

  const build = (item: unknown, path: string, around: readonly unknown[]): DocumentNode => {
    const range = [paths.length - 1, paths.length - 1] as const;
    const within = [...around, item];
    if (Array.isArray(item)) {
      const items = item.map((element: unknown, index) => nodeOf(element, `${path}[${index}]`, within));
      return { kind: "sequence", items, tag: undefined, range };
    }
    if (!isPlainObject(item)) return scalarOf(item, range);
    const entries: MappingEntry[] = [];
    for (const [name, member] of Object.entries(item)) {
      if (member === undefined) continue;
      const memberPath = path === "" ? name : `${path}.${name}`;
      const key = nodeOf(name, memberPath, []) as ScalarNode;
      entries.push({ key, value: nodeOf(member, memberPath, within) });
    }
    return { kind: "mapping", entries, tag: undefined, range };
  };

  const root = nodeOf(value, "", []);
  return {
    root,
    paths,
    mistakes,
    valueOf: (node) => values.get(node),
    mistakesOfData: (node) => mistakesOfData(node, values),
  };
}

function mistakesOfData(node: DocumentNode, values: ReadonlyMap<DocumentNode, unknown>): ObjectMistake[] {
  if (node.kind === "sequence") return node.items.flatMap((item) => mistakesOfData(item, values));
  if (node.kind === "mapping") return node.entries.flatMap((entry) => mistakesOfData(entry.value, values));
  const value = values.get(node);
  if (typeof value === "number" && !Number.isFinite(value)) {
    return [{ node, message: `Erlang has no number like ${value}` }];
  }
  if (node.tag === undefined || isKeptData(value)) return [];
  const kind = typeof value === "object" && value !== null ? value.constructor.name : typeof value;
  return [{ node, message: `Erlang has nothing like a JavaScript ${kind}` }];
}

function scalarOf(value: unknown, range: readonly [number, number]): ScalarNode {
  const source = typeof value === "symbol" ? "a symbol" : String(value);
  const known =
    value === null ||
    typeof value === "string" ||
    typeof value === "boolean" ||
    typeof value === "number" ||
    typeof value === "bigint" ||
    value instanceof Uint8Array;
  // A term or a function is data to be passed on: its tag tells that it is no text.
  return {
    kind: "scalar",
    value: known ? value : source,
    isFloat: typeof value === "number" && !Number.isInteger(value),
    source,
    tag: known ? undefined : tagOf(value),
    range,
    ...(isKeptData(value) ? { term: value } : {}),
  };
}

/** Data of classes, which no node could stand for. */
function isKeptData(value: unknown): value is TermNode | TermList | Secret<Data> {
  return isTermNode(value) || value instanceof TermList || value instanceof Secret;
}

function tagOf(value: unknown): string {
  if (value instanceof Secret) return "!secret";
  if (typeof value === "object" && value !== null && "type" in value) return `!${String(value.type)}`;
  return `!${typeof value}`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
