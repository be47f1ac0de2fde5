import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { positionAt } from "../documents/position.ts";
import type { Location } from "./playbook.ts";

/** A tagged template, and the code that it became. */
export interface TemplateParts {
  /** The texts between the values. */
  readonly raw: readonly string[];
  /** The variables that stand for the values in the code. */
  readonly names: readonly string[];
  /** The line in which the template begins; undefined where the engine does not tell. */
  readonly location: Location | undefined;
}

/**
 * Makes the function that finds characters of the code in the file. Its text is looked for there, as the
 * engine tells no more than the line in which the template begins.
 */
export function templateLocator({
  raw,
  names,
  location,
}: TemplateParts): (offset: number) => Location | undefined {
  let found: TemplateText | undefined;
  return (offset) => {
    if (location === undefined) return undefined;
    found ??= findTemplate(raw, location);
    if (found === undefined) return undefined;
    return { file: location.file, ...positionAt(found.file, fileOffset(offset, raw, names, found)) };
  };
}

interface TemplateText {
  readonly file: { readonly path: string; readonly text: string };
  /** Where each of the raw texts begins in the file. */
  readonly starts: readonly number[];
}

function findTemplate(raw: readonly string[], { file: path, line }: Location): TemplateText | undefined {
  let text: string;
  try {
    text = readFileSync(resolve(path), "utf8");
  } catch {
    return undefined;
  }
  const lines = text.split("\n");
  const lineStart = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const pattern = raw.map((part) => `(${escaped(part)})`).join("\\$\\{[^]*?\\}");
  const expression = new RegExp(`\`${pattern}\``, "dg");
  expression.lastIndex = lineStart;
  const match = expression.exec(text);
  if (match === null || match.index > lineStart + (lines[line - 1]?.length ?? 0)) return undefined;
  const starts = raw.map((_, index) => match.indices?.[index + 1]?.[0] ?? 0);
  return { file: { path, text }, starts };
}

/** JavaScript reads every line break of a template as one character. */
function escaped(raw: string): string {
  return raw.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replaceAll("\n", "\\r?\\n");
}

function fileOffset(
  offset: number,
  raw: readonly string[],
  names: readonly string[],
  { file, starts }: TemplateText,
): number {
  let rest = offset;
  for (const [index, part] of raw.entries()) {
    const start = starts[index] ?? 0;
    if (rest <= part.length) return start + inFile(part.slice(0, rest), file.text, start);
    rest -= part.length;
    const name = names[index] ?? "";
    // All of a variable is the `${…}` that it stands for.
    if (rest < name.length) return start + inFile(part, file.text, start);
    rest -= name.length;
  }
  return starts.at(-1) ?? 0;
}

/** The length of a part of a template in the file, where line breaks may be two characters. */
function inFile(part: string, text: string, start: number): number {
  let at = start;
  for (const character of part) {
    if (character === "\n" && text[at] === "\r") at++;
    at += character.length;
  }
  return at - start;
}
