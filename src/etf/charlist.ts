import type { Term } from "./term.ts";

/** How many of the characters of a text must be ASCII. */
const ASCII_SHARE = 3 / 4;

/**
 * Whether a list of integers is meant as text, which Erlang does not tell apart: all of it is
 * printable, and most of it is ASCII. So what a command printed is text even where it has some `●`
 * or `é`, and the ports `[80, 443]` stay numbers.
 */
export function isCharlist(list: readonly Term[]): list is readonly number[] {
  let ascii = 0;
  for (const element of list) {
    if (typeof element !== "number" || !isPrintable(element)) return false;
    if (element < 0x80) ascii++;
  }
  return list.length > 0 && ascii >= list.length * ASCII_SHARE;
}

/** The text of a charlist. */
export function charlistText(list: readonly number[]): string {
  const chunks: string[] = [];
  for (let start = 0; start < list.length; start += CHUNK) {
    chunks.push(String.fromCodePoint(...list.slice(start, start + CHUNK)));
  }
  return chunks.join("");
}

/** Few enough for the arguments of one call. */
const CHUNK = 4096;

/** Whether Erlang prints the character as it is, or as one of `\b \t \n \v \f \r \e`. */
export function isPrintable(codePoint: number): boolean {
  if (codePoint < 0x7f) return codePoint >= 0x20 || (codePoint >= 8 && codePoint <= 13) || codePoint === 0x1b;
  return (
    (codePoint >= 0xa0 && codePoint < 0xd800) ||
    (codePoint > 0xdfff && codePoint < 0xfffe) ||
    (codePoint > 0xffff && codePoint <= 0x10ffff)
  );
}
