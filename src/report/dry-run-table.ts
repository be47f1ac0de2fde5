import { isAbsolute, relative } from "node:path";
import type { DryRunModule } from "../engine/dry-run-report.ts";
import { displayModule } from "../etf/module-name.ts";
import { displayWidth, fitWidth } from "./display-width.ts";
import { effectsText } from "./effects-text.ts";
import type { Line, RenderOptions } from "./line.ts";
import { printable } from "./printable.ts";
import { reasonKind } from "./reason-text.ts";

/** As much of an md5 as tells files apart by eye. */
const SHORT_MD5 = 8;
const GAP = "  ";

interface Column {
  readonly title: string;
  readonly cell: (module: DryRunModule) => string;
  /** The least that is left of it where there is not enough room. */
  readonly least?: number;
  /** Left out where there is not enough room, lower numbers first. */
  readonly optional?: number;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  /** Of a path, the end says more. */
  readonly keepsEnd?: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: "MODULE", cell: ({ module }) => displayModule(module), least: 12 },
  { title: "BYTES", cell: ({ bytes }) => String(bytes), isNumber: true },
  { title: "MD5", cell: ({ md5 }) => md5.slice(0, SHORT_MD5), optional: 2 },
  { title: "NEEDED BY", cell: ({ needed_by }) => neededBy(needed_by), least: 12 },
  { title: "REASON", cell: ({ reason }) => (reason === null ? "" : reasonKind(reason)), optional: 3 },
  { title: "EFFECTS", cell: effectsText, least: 10 },
  { title: "FILE", cell: ({ file }) => shownFile(file), least: 16, optional: 1, keepsEnd: true },
];

/** Writes modules as a table, with a row for each; on a terminal that is too narrow, as much as fits. */
export function dryRunTable(
  modules: readonly DryRunModule[],
  indent: string,
  { width, unicode }: RenderOptions,
): Line[] {
  if (modules.length === 0) return [];
  // Most code has no effects.
  const columns = COLUMNS.filter(
    ({ title }) => title !== "EFFECTS" || modules.some(({ effects }) => effects.length > 0),
  );
  const rows = modules.map((module) => columns.map(({ cell }) => printable(cell(module))));
  const natural = columns.map(({ title }, column) =>
    rows.reduce((widest, row) => Math.max(widest, displayWidth(row[column] ?? "")), title.length),
  );
  const widths = width === undefined ? natural : fit(columns, natural, width - indent.length);
  const ellipsis = unicode ? "…" : "...";
  const write = (row: readonly string[]): string => {
    const cells = columns.flatMap((column, index) => {
      const columnWidth = widths[index];
      return columnWidth === undefined ? [] : [cellText(row[index] ?? "", columnWidth, column, ellipsis)];
    });
    return `${indent}${cells.join(GAP)}`.trimEnd();
  };
  const header = write(columns.map(({ title }) => title));
  return [[{ text: header, style: "dim" }], ...rows.map((row): Line => [write(row)])];
}

/** Widths of columns that fit; undefined for those that are left out. */
function fit(columns: readonly Column[], natural: readonly number[], width: number): (number | undefined)[] {
  const widths: (number | undefined)[] = [...natural];
  const excess = (): number => {
    const shown = widths.filter((one) => one !== undefined);
    return shown.reduce((sum, one) => sum + one, GAP.length * (shown.length - 1)) - width;
  };
  const leastOf = (index: number): number => columns[index]?.least ?? Infinity;
  const optional = Array.from(columns.keys())
    .filter((index) => columns[index]?.optional !== undefined)
    .sort((one, other) => (columns[one]?.optional ?? 0) - (columns[other]?.optional ?? 0));
  for (const index of optional) {
    const before = widths[index] ?? 0;
    if (before > leastOf(index)) widths[index] = Math.max(leastOf(index), before - Math.max(0, excess()));
    if (excess() > 0) widths[index] = undefined;
  }
  while (excess() > 0) {
    const [widest] = Array.from(columns.keys())
      .filter((index) => (widths[index] ?? 0) > leastOf(index))
      .sort((one, other) => (widths[other] ?? 0) - (widths[one] ?? 0));
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function cellText(text: string, width: number, column: Column, ellipsis: string): string {
  const fitted = displayWidth(text) <= width ? text : cut(text, width, column, ellipsis);
  const padding = " ".repeat(Math.max(0, width - displayWidth(fitted)));
  return column.isNumber === true ? padding + fitted : fitted + padding;
}

function cut(text: string, width: number, { keepsEnd }: Column, ellipsis: string): string {
  const room = Math.max(0, width - ellipsis.length);
  if (keepsEnd !== true) return fitWidth(text, room) + ellipsis;
  const reversed = fitWidth(Array.from(text).reverse().join(""), room);
  return ellipsis + Array.from(reversed).reverse().join("");
}

function neededBy(module: string | null): string {
  return module === null ? "(this step)" : displayModule(module);
}

/** A file as it is called from the working directory, where it lies below that. */
export function shownFile(file: string): string {
  const short = relative(process.cwd(), file);
  return isAbsolute(file) && !short.startsWith("..") ? short : file;
}
