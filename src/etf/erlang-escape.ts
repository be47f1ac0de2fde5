import { characterOf } from "./elixir-escape.ts";
import type { Escape } from "./quoted-text.ts";
import type { SourceText } from "./source-text.ts";

const NAMED: Readonly<Record<string, string>> = {
  b: "\b",
  d: "\u007f",
  e: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  s: " ",
  t: "\t",
  v: "\v",
};

/** Reads the escape of Erlang at the backslash at `offset`: `\n`, `\377`, `\xFF`, `\x{1F600}`, `\^C`. */
export function readErlangEscape(source: SourceText, offset: number): Escape {
  const octal = source.match(/\\[0-7]{1,3}/y, offset);
  if (octal !== undefined) return numbered(source, offset, { escape: octal, radix: 8 });
  const hexadecimal = source.match(/\\x(?:[\da-f]{2}|\{[\da-f]{1,6}\})/iy, offset);
  if (hexadecimal !== undefined) return numbered(source, offset, { escape: hexadecimal, radix: 16 });
  const control = source.match(/\\\^[@-_a-z?]/y, offset);
  if (control !== undefined) {
    const code = control.endsWith("?") ? 0x7f : control.charCodeAt(2) & 0x1f;
    return { text: String.fromCharCode(code), end: offset + control.length };
  }
  const character = String.fromCodePoint(source.text.codePointAt(offset + 1) ?? 0x5c);
  if (character === "x") {
    throw source.error("\\x needs hexadecimal digits", { offset, hint: "Write \\xFF or \\x{1F600}" });
  }
  return { text: NAMED[character] ?? character, end: offset + 1 + character.length };
}

function numbered(
  source: SourceText,
  offset: number,
  { escape, radix }: { escape: string; radix: number },
): Escape {
  const codePoint = Number.parseInt(escape.replace(/^\\x?\{?/, ""), radix);
  return { text: characterOf(source, codePoint, offset), end: offset + escape.length };
}
