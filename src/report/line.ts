import { displayWidth, fitWidth } from "./display-width.ts";
import { printable, withoutCommands } from "./printable.ts";
import type { TextFormat } from "./text-format.ts";

/** A line of output before it is known where it goes: text, some of it styled. */
export type Line = readonly Span[];

export type Span = string | FormattedSpan;

export interface FormattedSpan {
  readonly text: string;
  /** @default none */
  readonly style?: Style;
  /** Cuts the text to so many columns. @default it is not cut */
  readonly most?: number;
  /** Brings the text to so many columns: cut, or with blanks behind. @default it stays as long as it is */
  readonly columns?: number;
}

export type Style = keyof typeof SGR;

/**
 * Select Graphic Rendition: parameters that switch a style on and off.
 *
 * @see https://ecma-international.org/publications-and-standards/standards/ecma-48/
 */
const SGR = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

/** What stands for our own signs where only ASCII is shown. Anything else becomes `?`. */
const ASCII: Readonly<Record<string, string>> = { "…": "...", "·": "-", "–": "-" };

export interface RenderOptions extends TextFormat {
  /**
   * The columns to cut the line to.
   *
   * @default the line is not cut
   */
  readonly width?: number;
}

/**
 * Writes a line as the terminal gets it. All text goes through here: this is where control
 * characters are taken out, and commands to what runs a workflow, whoever wrote them.
 */
export function renderLine(
  line: Line,
  { color, unicode, takesCommands = false, width }: RenderOptions,
): string {
  const ellipsis = unicode ? "…" : "...";
  const spans = line.map((span) => {
    const { text, style, ...size }: FormattedSpan = typeof span === "string" ? { text: span } : span;
    return { text: fit(unicode ? printable(text) : toAscii(printable(text)), size, ellipsis), style };
  });
  const rendered = (width === undefined ? spans : cut(spans, width, ellipsis))
    .map(({ text, style }) => (color && style !== undefined && text !== "" ? paint(text, style) : text))
    .join("");
  return takesCommands ? withoutCommands(rendered) : rendered;
}

/** Done when it is known which characters are written: what stands for one may be of another width. */
function fit(
  text: string,
  { columns, most = columns }: Pick<FormattedSpan, "columns" | "most">,
  ellipsis: string,
): string {
  if (most === undefined) return text;
  const isTooWide = displayWidth(text) > most;
  const cutText = isTooWide
    ? fitWidth(text, Math.max(0, most - ellipsis.length)) + ellipsis.slice(0, most)
    : text;
  return columns === undefined ? cutText : cutText + " ".repeat(Math.max(0, columns - displayWidth(cutText)));
}

interface RenderedSpan {
  readonly text: string;
  readonly style: Style | undefined;
}

function cut(spans: readonly RenderedSpan[], width: number, ellipsis: string): RenderedSpan[] {
  const total = spans.reduce((sum, { text }) => sum + displayWidth(text), 0);
  if (total <= width) return [...spans];
  const taken: RenderedSpan[] = [];
  let left = Math.max(0, width - ellipsis.length);
  for (const { text, style } of spans) {
    const fitting = fitWidth(text, left);
    taken.push({ text: fitting, style });
    left -= displayWidth(fitting);
    if (fitting !== text) break;
  }
  return [...taken, { text: ellipsis.slice(0, width), style: undefined }];
}

function paint(text: string, style: Style): string {
  const [on, off] = SGR[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

function toAscii(text: string): string {
  return text.replace(/[^ -~]/gu, (character) => ASCII[character] ?? "?");
}
