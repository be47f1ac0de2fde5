import type { Data } from "../etf/data.ts";
import { Float } from "../etf/term.ts";
import type { Problem } from "./document-error.ts";
import { keyText } from "./key-text.ts";
import type { DocumentNode, ScalarNode } from "./node.ts";
import { problemAt, quotingProblemAt } from "./problem-at.ts";
import type { SourceFile } from "./source-file.ts";
import { applyTag, type TagResult } from "./term-tag.ts";

/** Reads a tag that is not one of terms; gives undefined where it is none of those it knows. */
export type ReadTag = (tag: string, content: Data) => TagResult | undefined;

/**
 * Gives the data that a value of a file stands for, its tags applied. Objects have no prototype, so that
 * any key is safe in them.
 *
 * @param problems gets what is wrong, each at its place; the data stands for nothing where there is one
 * @param readTag knows more tags than those of terms
 */
export function nodeToData(
  node: DocumentNode,
  file: SourceFile,
  problems: Problem[],
  readTag?: ReadTag,
): Data {
  if (node.kind === "scalar" && node.term !== undefined) return node.term;
  const data = untaggedData(node, { file, problems, readTag });
  if (node.tag === undefined) return data;
  const content = node.kind === "scalar" && node.value !== null ? taggedText(node) : data;
  const result = readTag?.(node.tag, content) ?? applyTag(node.tag, content);
  if ("data" in result) return result.data;
  problems.push(quotingProblemAt(file, tagOffset(node.tag, node, file), result.problem, result.hint));
  return null;
}

interface DataReading {
  readonly file: SourceFile;
  readonly problems: Problem[];
  readonly readTag: ReadTag | undefined;
}

function untaggedData(node: DocumentNode, { file, problems, readTag }: DataReading): Data {
  switch (node.kind) {
    case "scalar":
      return scalarToData(node, file, problems);
    case "sequence":
      return node.items.map((item) => nodeToData(item, file, problems, readTag));
    case "mapping": {
      const mapping = Object.create(null) as Record<string, Data>;
      for (const { key, value } of node.entries) {
        mapping[keyText(key)] = nodeToData(value, file, problems, readTag);
      }
      return mapping;
    }
  }
}

/** Gives the data of a single value, without its tag. */
function scalarToData(node: ScalarNode, file: SourceFile, problems: Problem[]): Data {
  if (!node.isFloat || typeof node.value !== "number") return node.value;
  if (!Number.isFinite(node.value)) {
    problems.push(problemAt(file, node, "Erlang has no infinite floats and no NaN"));
    return null;
  }
  return new Float(node.value);
}

/** Where the tag of a node stands: before the node, whose range does not hold it. */
function tagOffset(tag: string, { range: [start] }: DocumentNode, { text }: SourceFile): number {
  const offset = text.lastIndexOf(tag, start);
  return offset === -1 ? start : offset;
}

/** A tag such as `!atom` is about what was written, so `!atom 1` is the atom `1`. */
function taggedText(node: ScalarNode): string {
  return typeof node.value === "string" ? node.value : node.source;
}
