import type { Problem } from "../documents/document-error.ts";
import type { DocumentNode, MappingEntry, ScalarNode } from "../documents/node.ts";
import { problemAt } from "../documents/problem-at.ts";
import type { SourceFile } from "../documents/source-file.ts";
import { TermList, type Data } from "../etf/data.ts";
import { isTermNode } from "../etf/term.ts";
import type { Location } from "./playbook.ts";
import type { PlaybookSource } from "./playbook-source.ts";

/** A value of a TypeScript module as nodes, so that it is read and checked just as a YAML file is. */
export interface ObjectSource extends PlaybookSource {
  readonly root: DocumentNode;
  /** What is wrong with the value as a whole. */
  readonly problems: readonly Problem[];
  /** Gives problems the place of the play, and the path of the value: `steps[2].run`. */
  placed(problems: readonly Problem[], sourceLine: string): Problem[];
}

/** More than any playbook has; values that share parts could stand for billions. */
const MOST_VALUES = 100_000;

/**
 * Turns a value into nodes. The value has no text, so each node gets a line of its own in a text of
 * empty lines: the line of a problem tells which value it is about.
 *
 * @param location where the play is made
 */
export function objectSource(value: unknown, location: Location): ObjectSource {
  const paths: string[] = [];
  const values = new Map<DocumentNode, unknown>();
  const mistakes: { line: number; message: string }[] = [];

  /** @param within the objects around it, to find one that contains itself */
  const nodeOf = (item: unknown, path: string, within: readonly unknown[]): DocumentNode => {
    const range = [paths.length, paths.length] as const;
    paths.push(path);
    const isEndless = within.includes(item);
    if (isEndless) mistakes.push({ line: paths.length, message: "The value contains itself" });
    if (paths.length === MOST_VALUES) {
      mistakes.push({ line: paths.length, message: `The play has more than ${MOST_VALUES} values` });
    }
    const node =
      isEndless || paths.length >= MOST_VALUES
        ? scalarOf(null, range)
        : build(item, { path, range, within: [...within, item] });
    values.set(node, item);
    return node;
  };

  const build = (item: unknown, { path, range, within }: BuildPlace): DocumentNode => {
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
  const text: SourceFile = { path: location.file, text: "\n".repeat(paths.length) };
  return {
    root,
    text,
    problems: mistakes.map(({ line, message }) => problemAt(text, line - 1, message)),
    data(node, problems) {
      problems.push(...problemsOfData(node, text, values));
      return values.get(node) as Data;
    },
    offsetOf: (node) => node.range[0],
    locate: () => location,
    placed: (problems, sourceLine) =>
      problems.map(({ line, message, hint }) => {
        const path = paths[line - 1] ?? "";
        return { ...location, message: path === "" ? message : `${path}: ${message}`, hint, sourceLine };
      }),
  };
}

interface BuildPlace {
  readonly path: string;
  readonly range: readonly [number, number];
  readonly within: readonly unknown[];
}

/** Finds what no term can be made of: functions, objects of classes, numbers without a value. */
function problemsOfData(node: DocumentNode, text: SourceFile, values: Map<DocumentNode, unknown>): Problem[] {
  if (node.kind === "sequence") return node.items.flatMap((item) => problemsOfData(item, text, values));
  if (node.kind === "mapping")
    return node.entries.flatMap((entry) => problemsOfData(entry.value, text, values));
  const value = values.get(node);
  if (typeof value === "number" && !Number.isFinite(value)) {
    return [problemAt(text, node, `Erlang has no number like ${value}`)];
  }
  if (node.tag === undefined || isTermNode(value) || value instanceof TermList) return [];
  const kind = typeof value === "object" && value !== null ? value.constructor.name : typeof value;
  return [problemAt(text, node, `Erlang has nothing like a JavaScript ${kind}`)];
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
  };
}

function tagOf(value: unknown): string {
  if (typeof value === "object" && value !== null && "type" in value) return `!${String(value.type)}`;
  return `!${typeof value}`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
