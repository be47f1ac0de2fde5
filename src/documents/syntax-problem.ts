import { type Document, type ErrorCode, visit, type YAMLParseError } from "yaml";
import type { Problem } from "./document-error.ts";
import { lineNumberAt } from "./position.ts";
import { problemAt } from "./problem-at.ts";
import type { SourceFile } from "./source-file.ts";

/** Turns what the YAML parser says into problems: one for each line, as one mistake upsets what follows it. */
export function syntaxProblems(file: SourceFile, { errors, contents }: Document): Problem[] {
  const first = new Map<number, YAMLParseError>();
  for (const error of errors) {
    const line = lineNumberAt(file, error.pos[0]);
    const known = first.get(line);
    if (known === undefined || error.pos[0] < known.pos[0]) first.set(line, error);
  }
  return [...first.entries()]
    .toSorted(([a], [b]) => a - b)
    .map(([, error]) => syntaxProblem(file, error, contents as Document["contents"]));
}

function syntaxProblem(
  file: SourceFile,
  { code, pos, message }: YAMLParseError,
  contents: Document["contents"],
): Problem {
  if (message.endsWith("quote")) {
    return problemAt(file, openingQuote(contents, pos[0]), "The quote that starts here is not closed");
  }
  const unclosed = UNCLOSED.exec(message)?.[1];
  if (unclosed !== undefined) {
    const opening = unclosed === "]" ? "[" : "{";
    return problemAt(
      file,
      pos[0],
      `A "${opening}" before this is not closed`,
      `End it with "${unclosed}"; what is inside of it is indented deeper than its key`,
    );
  }
  const tab = indentingTab(file.text, pos[0]);
  const words = tab !== undefined ? WORDS.TAB_AS_INDENT : message === MISSING_DASH ? NO_DASH : WORDS[code];
  return problemAt(file, tab ?? pos[0], words?.message ?? message, words?.hint);
}

/** Where a tab stands with which the line begins, if nothing else is before the mistake: it may end another value. */
function indentingTab(text: string, offset: number): number | undefined {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const before = /^\s*/u.exec(text.slice(start, offset))?.[0] ?? "";
  const tab = start + before.length === offset ? before.indexOf("\t") : -1;
  return tab < 0 ? undefined : start + tab;
}

/** What the parser says of a list in brackets or a mapping in braces. */
const UNCLOSED = /^Flow \w+ .*end with a (.)$/u;
const MISSING_DASH = "Sequence item without - indicator";
const NO_DASH = {
  message: 'An item of a list must start with "- "',
  hint: "Check the indentation: what belongs to the item above starts in the same column as its first key",
};

/** Where the text starts that ends at `end` without its closing quote: the end may be the file's. */
function openingQuote(contents: Document["contents"], end: number): number {
  let start = end;
  visit(contents, {
    Scalar(_key, { range }) {
      if (range?.[1] !== end) return undefined;
      start = range[0];
      return visit.BREAK;
    },
  });
  return start;
}

/** What is clearer in other words than the parser's, and what to do about it. */
const WORDS: Partial<Record<ErrorCode, { message?: string; hint: string }>> = {
  TAB_AS_INDENT: { message: "A tab cannot indent a line", hint: "Indent with spaces" },
  BAD_SCALAR_START: { hint: "Put the value in quotes" },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "A mapping cannot start inside of a value",
    hint: 'Check the indentation of the next line, or put a value that contains ": " in quotes',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: "A key must stand on one line",
    hint: 'Check that the line has a ":" after its key',
  },
  BAD_INDENT: { hint: "Check the indentation: what belongs together starts in the same column" },
  MULTIPLE_DOCS: {
    message: "A second document starts here: a file holds one",
    hint: 'Remove the "---", or put the second document into a file of its own',
  },
  UNEXPECTED_TOKEN: {
    message: "This cannot stand here",
    hint: "Check the indentation, and that a list is not mixed with a mapping",
  },
};
