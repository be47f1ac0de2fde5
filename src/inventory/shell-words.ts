/** A word of a line. */
export interface Word {
  /** Without its quotes. */
  readonly text: string;
  /** As written. */
  readonly raw: string;
  readonly offset: number;
}

/**
 * Splits a line into words as a POSIX shell does: quotes group, a backslash takes the next character as it
 * is, `#` starts a comment.
 *
 * @returns undefined if a quote is not closed or nothing follows a backslash
 */
export function splitWords(line: string): readonly Word[] | undefined {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length && line[at] !== "#") {
    if (/\s/u.test(line[at] ?? "")) {
      at++;
      continue;
    }
    const end = readWord(line, at);
    if (end === undefined) return undefined;
    words.push({ text: end.text, raw: line.slice(at, end.offset), offset: at });
    at = end.offset;
  }
  return words;
}

function readWord(line: string, start: number): { text: string; offset: number } | undefined {
  let text = "";
  let at = start;
  while (at < line.length && !/[\s#]/u.test(line[at] ?? "")) {
    const character = line[at] ?? "";
    if (character === "'" || character === '"') {
      const quoted = readQuoted(line, at);
      if (quoted === undefined) return undefined;
      text += quoted.text;
      at = quoted.offset;
    } else if (character === "\\") {
      if (at + 1 >= line.length) return undefined;
      text += line[at + 1] ?? "";
      at += 2;
    } else {
      text += character;
      at++;
    }
  }
  return { text, offset: at };
}

function readQuoted(line: string, start: number): { text: string; offset: number } | undefined {
  const mark = line[start] ?? "";
  let text = "";
  for (let at = start + 1; at < line.length; at++) {
    const character = line[at] ?? "";
    if (character === mark) return { text, offset: at + 1 };
    const next = line[at + 1];
    // In double quotes a backslash protects itself and the quote, and stands for itself otherwise.
    if (mark === '"' && character === "\\" && (next === '"' || next === "\\")) {
      text += next;
      at++;
    } else text += character;
  }
  return undefined;
}
