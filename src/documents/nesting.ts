import { Lexer } from "yaml";
import { MAX_DEPTH } from "./max-depth.ts";

/** Anchors and aliases; each costs many times its length once it is composed. */
const MAX_ALIASES = 10_000;

/**
 * Finds where a text nests deeper than any file does, without recursion, or refers to itself more often: to
 * compose the one would end the process, out of reach of any `catch`, the other would fill its memory.
 *
 * Levels of block style are counted by the columns at which they start, so a list under a key that stands
 * in the same column counts once with its key: what passes may be twice as deep.
 *
 * @returns what is too much, and the offset of the first character that is
 */
export function findTooMuch(text: string): { offset: number; message: string } | undefined {
  const columns: number[] = [];
  let flowLevel = 0;
  let offset = 0;
  let column = 0;
  /** Whether only spaces and the indicators `-`, `?`, `:` were met on this line. */
  let atStart = true;
  let aliases = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    if (MARKS.has(token)) {
      isScalar = token === SCALAR;
      continue;
    }
    if (!isScalar && /^[&*]/u.test(token) && ++aliases > MAX_ALIASES) {
      return { offset, message: `The file has more than ${MAX_ALIASES} anchors and aliases` };
    }
    isScalar = false;
    if (token === "[" || token === "{") flowLevel++;
    else if (token === "]" || token === "}") flowLevel = Math.max(0, flowLevel - 1);
    if (atStart && flowLevel === 0 && !/^[\s#]/u.test(token)) {
      while ((columns.at(-1) ?? -1) >= column) columns.pop();
      columns.push(column);
      atStart = token === "-" || token === "?" || token === ":";
    }
    if (columns.length + flowLevel > MAX_DEPTH) {
      return { offset, message: `Lists and mappings nest deeper than ${MAX_DEPTH} levels here` };
    }
    offset += token.length;
    const lineBreak = token.lastIndexOf("\n");
    if (lineBreak === -1) column += token.length;
    else {
      column = token.length - lineBreak - 1;
      atStart = true;
    }
  }
  return undefined;
}

/** What the lexer puts between tokens and is not in the text: document, scalar, end of flow. */
const SCALAR = "\u001f";
const MARKS = new Set(["\u0002", SCALAR, "\u0018"]);
