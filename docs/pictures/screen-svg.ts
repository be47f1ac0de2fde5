/** A run of characters of one row that look the same. */
export interface StyledText {
  readonly text: string;
  /** Where it starts, in characters. */
  readonly column: number;
  /** Number of the terminal's palette; undefined for the usual colour. */
  readonly color: number | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
}

const FONT_SIZE = 14;
/** Width of a character of a monospaced font, as a share of its size; `textLength` makes any font fit it. */
const CELL_WIDTH = FONT_SIZE * 0.6;
const LINE_HEIGHT = 20;
const PADDING = 18;
const BACKGROUND = "#161b22";
const FOREGROUND = "#d4dae1";
/** Colours of the palette that fusion-play uses: red, green, yellow, magenta, cyan. */
const PALETTE: Readonly<Record<number, string>> = {
  1: "#ff7b72",
  2: "#56d364",
  3: "#e3b341",
  5: "#d2a8ff",
  6: "#56d4dd",
};
const FONTS = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

/**
 * Draws rows of a terminal as an SVG picture.
 *
 * @param title what the picture shows, for those who do not see it
 */
export function screenSvg(
  rows: readonly (readonly StyledText[])[],
  { columns, title }: { columns: number; title: string },
): string {
  const width = Math.ceil(columns * CELL_WIDTH + 2 * PADDING);
  const height = rows.length * LINE_HEIGHT + 2 * PADDING - (LINE_HEIGHT - FONT_SIZE);
  const lines = rows.flatMap((row, index) => {
    const y = PADDING + FONT_SIZE - 2 + index * LINE_HEIGHT;
    return row.map((part) => textElement(part, y));
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `  <title>${escape(title)}</title>`,
    `  <rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    `  <g font-family="${FONTS}" font-size="${FONT_SIZE}" fill="${FOREGROUND}" xml:space="preserve">`,
    ...lines.map((line) => `    ${line}`),
    "  </g>",
    "</svg>",
    "",
  ].join("\n");
}

function textElement({ text, column, color, bold, dim }: StyledText, y: number): string {
  const attributes = [
    `x="${number(PADDING + column * CELL_WIDTH)}"`,
    `y="${y}"`,
    `textLength="${number(text.length * CELL_WIDTH)}"`,
    ...(color === undefined ? [] : [`fill="${PALETTE[color] ?? FOREGROUND}"`]),
    ...(bold ? ['font-weight="bold"'] : []),
    ...(dim ? ['opacity="0.6"'] : []),
  ];
  return `<text ${attributes.join(" ")}>${escape(text)}</text>`;
}

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
