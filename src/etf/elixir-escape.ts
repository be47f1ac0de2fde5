import type { Escape } from "./quoted-text.ts";
import type { SourceText } from "./source-text.ts";

const NAMED: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\u0007",
  b: "\b",
  d: "\u007f",
  e: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  s: " ",
  t: "\t",
  v: "\v",
  "\n": "",
};

/** Reads the escape of Elixir at the backslash at `offset`: `\n`, `\xFF` (a byte), `\u00e9`, `\u{1F600}`. */
export function readElixirEscape(source: SourceText, offset: number): Escape {
  const numbered = source.match(
    /\\(?:x(?:[\da-f]{1,2}|\{[\da-f]{1,6}\})|u(?:[\da-f]{4}|\{[\da-f]{1,6}\}))/iy,
    offset,
  );
  if (numbered !== undefined) {
    const codePoint = Number.parseInt(numbered.replace(/[^\da-f]/gi, ""), 16);
    const end = offset + numbered.length;
    if (/^\\x[^{]/.test(numbered) && codePoint > 0x7f) return { text: Uint8Array.of(codePoint), end };
    return { text: characterOf(source, codePoint, offset), end };
  }
  const character = String.fromCodePoint(source.text.codePointAt(offset + 1) ?? 0x5c);
  if (character === "x" || character === "u") {
    const hint = "Write \\xFF, \\u00FF or \\u{1F600}";
    throw source.error(`\\${character} needs hexadecimal digits`, { offset, hint });
  }
  return { text: NAMED[character] ?? character, end: offset + 1 + character.length };
}

/** The character of a code point that an escape names. */
export function characterOf(source: SourceText, codePoint: number, offset: number): string {
  if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) {
    throw source.error("the escape names no character", { offset });
  }
  return String.fromCodePoint(codePoint);
}
