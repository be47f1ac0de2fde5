import { brokenLines } from "./broken-lines.ts";
import { displayWidth } from "./display-width.ts";
import { foldHostsWithin } from "./host-ranges.ts";
import type { HostTotals } from "./host-totals.ts";
import type { Line, Span } from "./line.ts";
import { formatBytes, formatCount, formatDuration } from "./quantity.ts";
import { statusSpan } from "./status-style.ts";
import type { StepOutcome } from "./step-outcome.ts";

/** Up to this many hosts each one gets its own line. */
const FOLD_ABOVE = 50;

/** How many lines there are for groups of hosts, those that failed first. */
const MOST_ROWS = 25;

/** Longest name that others are aligned with. */
const NAME_LIMIT = 40;

/** Longest list of hosts where there is no terminal to fit into. */
const LIST_LIMIT = 160;

type CountedStatus = StepOutcome | "unreachable";

interface Row {
  readonly name: string;
  /** One for each column. */
  readonly cells: readonly Cell[];
}

interface Cell {
  readonly span: Span;
  readonly width: number;
}

interface Columns {
  readonly statuses: readonly CountedStatus[];
  /** Whether what was shipped is told. */
  readonly hasPushed: boolean;
  readonly hasFiles: boolean;
}

/**
 * Writes what each host did. Of many hosts, those that did the same share a line, and those that failed come last.
 *
 * @param columns of the terminal, which lines are made to fit into; undefined where there is none
 */
export function recapTable(hosts: readonly HostTotals[], columns: number | undefined): Line[] {
  const groups = hosts.length > FOLD_ABOVE ? foldEqual(hosts) : hosts.map((totals) => [totals]);
  const shown = hosts.length > FOLD_ABOVE ? groups.slice(-MOST_ROWS) : groups;
  const left = groups.slice(0, groups.length - shown.length);
  const rows = (chosen: Columns): Row[] => shown.map((group) => rowOf(group, chosen, columns));
  const hasFiles = hosts.some(({ files }) => files > 0);
  const all: Columns = { statuses: shownStatuses(hosts), hasPushed: true, hasFiles };
  const fewer: Columns = { ...all, hasPushed: false, hasFiles: false };
  const fewest: Columns = { ...fewer, statuses: all.statuses.filter((status) => occurs(status, hosts)) };
  const fitting = [all, fewer, fewest].map(rows).find((table) => tableWidth(table) <= (columns ?? Infinity));
  const more = `  … and ${formatCount(left.length, "more line")} for ${formatCount(left.flat().length, "host")}`;
  return [
    ...(left.length === 0 ? [] : [[{ text: more, style: "dim" } as const]]),
    ...(fitting === undefined ? rows(fewest).flatMap((row) => brokenRow(row, columns)) : tableLines(fitting)),
  ];
}

const FAILED_LAST = ["skipped", "ok", "changed", "cancelled", "unreachable", "failed"] as const;

/** Folds hosts that did the same. */
function foldEqual(hosts: readonly HostTotals[]): HostTotals[][] {
  const groups = new Map<string, HostTotals[]>();
  for (const totals of hosts) {
    const { outcome, steps, unreachable, modules, bytes, files, fileBytes } = totals;
    const key = JSON.stringify([outcome, steps, unreachable, modules, bytes, files, fileBytes]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [totals]);
    else group.push(totals);
  }
  const order = ([first]: readonly HostTotals[]): number => FAILED_LAST.indexOf(first?.outcome ?? "ok");
  return [...groups.values()].toSorted((one, other) => order(one) - order(other));
}

function rowOf(
  group: readonly HostTotals[],
  { statuses, hasPushed, hasFiles }: Columns,
  columns: number | undefined,
): Row {
  const [first] = group;
  if (first === undefined) return { name: "", cells: [] };
  const slowest = formatDuration(Math.max(...group.map(({ ms }) => ms)));
  return {
    name: nameOf(group, columns),
    cells: [
      ...statuses.map((status) => {
        const count = countOf(first, status);
        const text = `${status}=${count}`;
        return { span: count > 0 ? statusSpan(status, text) : text, width: text.length };
      }),
      ...(hasPushed ? [cell(` pushed=${amount(first.modules, first.bytes)}`)] : []),
      ...(hasFiles ? [cell(` files=${amount(first.files, first.fileBytes)}`)] : []),
      cell(group.length > 1 ? ` up to ${slowest}` : ` ${slowest}`),
    ],
  };
}

function nameOf(group: readonly HostTotals[], columns: number | undefined): string {
  const hosts = group.map(({ host }) => host);
  if (hosts.length === 1) return hosts[0] ?? "";
  const count = ` (${hosts.length} hosts)`;
  const limit = Math.max(NAME_LIMIT, columns === undefined ? LIST_LIMIT : columns - 3) - count.length;
  const name = foldHostsWithin(hosts, limit);
  return name.endsWith(count) ? name : name + count;
}

function amount(count: number, bytes: number): string {
  return count === 0 ? "0" : `${count} (${formatBytes(bytes)})`;
}

function cell(text: string): Cell {
  return { span: text, width: text.length };
}

function countOf(totals: HostTotals, status: CountedStatus): number {
  return status === "unreachable" ? totals.unreachable : totals.steps[status];
}

function occurs(status: CountedStatus, hosts: readonly HostTotals[]): boolean {
  return hosts.some((totals) => countOf(totals, status) > 0);
}

/** What is seldom gets a column only where it occurs: a line must fit into a usual terminal. */
function shownStatuses(hosts: readonly HostTotals[]): CountedStatus[] {
  const seldom = (["unreachable", "skipped", "rescued", "ignored"] as const).filter((status) =>
    occurs(status, hosts),
  );
  return ["ok", "changed", "failed", ...seldom];
}

interface Widths {
  readonly name: number;
  readonly cells: readonly number[];
}

function widthsOf(rows: readonly Row[]): Widths {
  const names = rows.map(({ name }) => displayWidth(name)).filter((width) => width <= NAME_LIMIT);
  const cells = (rows[0]?.cells ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row.cells[column]?.width ?? 0)),
  );
  return { name: Math.max(0, ...names), cells };
}

function tableWidth(rows: readonly Row[]): number {
  const { name, cells } = widthsOf(rows);
  return 3 + name + cells.reduce((sum, width) => sum + 1 + width, 0);
}

function tableLines(rows: readonly Row[]): Line[] {
  const widths = widthsOf(rows);
  return rows.flatMap(({ name, cells }): Line[] => {
    const spans = cells.flatMap(({ span, width }, column): Line => {
      const isLast = column === cells.length - 1;
      return [" ", span, isLast ? "" : " ".repeat((widths.cells[column] ?? 0) - width)];
    });
    if (displayWidth(name) <= widths.name)
      return [["  ", { text: name, columns: widths.name }, " ", ...spans]];
    return [[`  ${name}`], [" ".repeat(widths.name + 3), ...spans]];
  });
}

/** Each host has a line of its own, and below it what there is room for on each line. */
function brokenRow({ name, cells }: Row, columns = Infinity): Line[] {
  const parts = cells.map(({ span }) => [span]);
  return [[`  ${name}`], ...brokenLines(parts, columns - 4).map((line): Line => ["    ", ...line])];
}
