import { Lexer } from "yaml";

/** Levels of lists and mappings; a playbook has about ten. */
export const MAX_DEPTH = 100;

/**
 * Finds where a text goes deeper than {@linkcode MAX_DEPTH}, without recursion: composing such a text would
 * end the process, out of reach of any `catch`.
 *
 * Levels of block style are counted by the columns at which they start, so a list under a key that stands
 * in the same column counts once with its key: what passes may be twice as deep.
 *
 * @returns the offset of the first character that is too deep
 */
export function findTooDeep(text: string): number | undefined {
  const columns: number[] = [];
  let flowLevel = 0;
  let offset = 0;
  let column = 0;
  /** Whether only spaces and the indicators `-`, `?`, `:` were met on this line. */
  let atStart = true;
  for (const token of new Lexer().lex(text)) {
    if (MARKS.has(token)) continue;
    if (token === "[" || token === "{") flowLevel++;
    else if (token === "]" || token === "}") flowLevel = Math.max(0, flowLevel - 1);
    if (atStart && flowLevel === 0 && !/^[\s#]/u.test(token)) {
      while ((columns.at(-1) ?? -1) >= column) columns.pop();
      columns.push(column);
      atStart = token === "-" || token === "?" || token === ":";
    }
    if (columns.length + flowLevel > MAX_DEPTH) return offset;
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
const MARKS = new Set(["\u0002", "\u001f", "\u0018"]);
