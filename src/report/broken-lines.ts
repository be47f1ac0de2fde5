import { displayWidth } from "./display-width.ts";
import type { Line, Span } from "./line.ts";

const INDENT = "  ";

/** Puts parts, with blanks between them, into lines of so many columns; all lines but the first are indented. */
export function brokenLines(parts: readonly Line[], width: number): Line[] {
  const lines: Span[][] = [];
  let taken = 0;
  for (const part of parts) {
    const own = part.reduce(
      (sum, span) => sum + displayWidth(typeof span === "string" ? span : span.text),
      0,
    );
    const line = lines.at(-1);
    if (line !== undefined && taken + 1 + own <= width) {
      line.push(" ", ...part);
      taken += 1 + own;
    } else {
      const indent = line === undefined ? "" : INDENT;
      lines.push([indent, ...part]);
      taken = indent.length + own;
    }
  }
  return lines;
}
