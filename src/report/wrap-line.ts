import { displayWidth } from "./display-width.ts";
import type { FormattedSpan, Line } from "./line.ts";

/** How much further than the line itself what goes on in the next ones stands to the right. */
const INDENT = 2;

/** Less room than this for the rest of a line is none. */
const LEAST_ROOM = 10;

/**
 * Breaks a line that is wider than a terminal between its words, where that would do it anywhere. A word that is wider
 * itself is left to the terminal.
 */
export function wrapLine(line: Line, width: number): Line[] {
  const spans = line.map((span): FormattedSpan => (typeof span === "string" ? { text: span } : span));
  if (spans.reduce((sum, span) => sum + widthOf(span), 0) <= width) return [line];
  const blanks = /^ */.exec(spans.map(({ text }) => text).join(""))?.[0].length ?? 0;
  const indent = " ".repeat(blanks + INDENT);
  if (width - indent.length < LEAST_ROOM) return [line];
  const lines: FormattedSpan[][] = [[]];
  let taken = 0;
  for (const word of spans.flatMap(wordsOf)) {
    const own = widthOf(word);
    const isBlank = word.text.trim() === "";
    // Blanks at the beginning are the indentation, and those at a break are none.
    if (taken > blanks && !isBlank && taken + own > width) {
      lines.push([{ text: indent }]);
      taken = indent.length;
    }
    lines.at(-1)?.push(word);
    taken += own;
  }
  return lines;
}

/** What is cut to its room stays in one piece. */
function wordsOf(span: FormattedSpan): FormattedSpan[] {
  if (span.most !== undefined || span.columns !== undefined) return [span];
  return (span.text.match(/ +|[^ ]+/g) ?? []).map((text) => ({ ...span, text }));
}

function widthOf({ text, most = Infinity, columns }: FormattedSpan): number {
  return columns ?? Math.min(most, displayWidth(text));
}
