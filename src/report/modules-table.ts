import { displayModule } from "../etf/module-name.ts";
import { displayWidth, fitWidth } from "./display-width.ts";
import { effectsText } from "./effects-text.ts";
import { renderLine, type Line, type RenderOptions } from "./line.ts";
import type { ModulesReport, ReportedModule, ReportedNeed } from "./modules-report.ts";
import { totalsLines } from "./modules-totals.ts";
import { printable } from "./printable.ts";
import { reasonKind, reasonText } from "./reason-text.ts";

/** As much of an md5 as tells modules apart by eye. */
const SHORT_MD5 = 8;
/** The least that is left of a name. */
const MIN_NAME_WIDTH = 8;

const HEADER = ["MODULE", "FILE BYTES", "BYTES", "MD5", "NEEDED BY", "REASON", "EFFECTS"] as const;
const [MODULE, FILE_BYTES, BYTES, MD5, NEEDED_BY, , EFFECTS] = HEADER.keys();
/** They are cut where there is not enough room. */
const CUT = [MODULE!, NEEDED_BY!, EFFECTS!];
const GAP = "  ";

/** A name with what must stay of it when it is cut. */
interface Cell {
  readonly text: string;
  readonly suffix: string;
}

/** Writes the closure of modules as a table with a row for each, in the order in which they are shipped. */
export function modulesTable(report: ModulesReport, options: RenderOptions): string {
  const rows = report.modules.length === 0 ? [] : tableLines(report, options);
  const gap: Line[] = rows.length === 0 ? [] : [[]];
  return [...rows, ...gap, ...totalsLines(report)].map((line) => `${renderLine(line, options)}\n`).join("");
}

function tableLines({ modules }: ModulesReport, { width, unicode }: RenderOptions): Line[] {
  const needers = needersOf(modules);
  // Most code has no effects.
  const hasEffects = modules.some(({ effects }) => effects.length > 0);
  const header = HEADER.map((text, column) => cell(column === EFFECTS && !hasEffects ? "" : text));
  const rows = modules.map((module) => cells(module, needers.get(module.module) ?? []));
  const widths = header.map((_, column) =>
    [header, ...rows].reduce((widest, row) => Math.max(widest, cellWidth(row[column])), 0),
  );
  const fitted = width === undefined ? widths : fit(widths, width);
  const ellipsis = unicode ? "…" : "...";
  const [first = "", ...rest] = [header, ...rows].map((row) => tableRow(row, fitted, ellipsis));
  return [[{ text: first, style: "dim" }], ...rest.map((row): Line => [row])];
}

/** The modules that need each, with their reasons. */
function needersOf(modules: readonly ReportedModule[]): Map<string, ReportedNeed[]> {
  const needers = new Map<string, ReportedNeed[]>();
  for (const { module, needs } of modules) {
    for (const need of needs) {
      const needer = { module, reason: need.reason };
      const known = needers.get(need.module);
      if (known === undefined) needers.set(need.module, [needer]);
      else known.push(needer);
    }
  }
  return needers;
}

function cells(reported: ReportedModule, needers: readonly ReportedNeed[]): Cell[] {
  const { module, file_bytes, bytes, md5, needed_by, reason } = reported;
  // One that was asked for may be needed as well, which says more.
  const first = needers.find((needer) => needer.module === needed_by) ?? needers[0];
  const others = needers.length - 1;
  return [
    cell(displayModule(module)),
    cell(String(file_bytes)),
    cell(String(bytes)),
    cell(md5),
    cell(first === undefined ? "" : displayModule(first.module), others > 0 ? ` +${others}` : ""),
    cell(first === undefined ? rootText(reason) : reasonKind(first.reason)),
    cell(effectsText(reported)),
  ];
}

/** Why a module belongs to the closure that no other one needs. */
function rootText(reason: ReportedModule["reason"]): string {
  return reason === null ? "asked for" : reasonText(reason);
}

function cell(text: string, suffix = ""): Cell {
  return { text: printable(text), suffix };
}

function cellWidth(content: Cell | undefined): number {
  return content === undefined ? 0 : displayWidth(content.text) + content.suffix.length;
}

/** Takes from the md5 first, then from the widest of the columns with names or effects. */
function fit(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const excess = (): number =>
    widths.reduce((sum, column) => sum + (column === 0 ? 0 : column + GAP.length), -GAP.length) - width;
  if (excess() > 0) widths[MD5!] = SHORT_MD5;
  while (excess() > 0) {
    const left = Math.max(...CUT.map((column) => widths[column] ?? 0)) - 1;
    if (left < MIN_NAME_WIDTH) break;
    widths[CUT.find((column) => widths[column] === left + 1)!] = left;
  }
  return widths;
}

function tableRow(row: readonly Cell[], widths: readonly number[], ellipsis: string): string {
  const padded = row.map((content, column) => {
    const width = widths[column] ?? 0;
    const text = column === MD5 ? content.text.slice(0, width) : shorten(content, width, ellipsis);
    const padding = " ".repeat(Math.max(0, width - displayWidth(text)));
    // Numbers stand at the right.
    return column === FILE_BYTES || column === BYTES ? padding + text : text + padding;
  });
  return padded.join(GAP).trimEnd();
}

function shorten(content: Cell, width: number, ellipsis: string): string {
  const { text, suffix } = content;
  if (cellWidth(content) <= width) return text + suffix;
  return fitWidth(text, Math.max(0, width - suffix.length - ellipsis.length)) + ellipsis + suffix;
}
