import type { HostReport, PushedModule, Report, StepReport } from "../engine/report.ts";
import { displayWidth } from "./display-width.ts";
import { failureGroups } from "./failure-groups.ts";
import { foldHosts } from "./host-ranges.ts";
import type { Line, Span } from "./line.ts";
import { elixirText, sumPushed } from "./pushed-text.ts";
import { formatBytes, formatCount, formatDuration } from "./quantity.ts";
import { HOST_OUTCOMES, type HostOutcome, statusSpan } from "./status-style.ts";
import { NO_STEPS, outcomeOfStep, type StepOutcome } from "./step-outcome.ts";

/** Up to this many hosts each one gets its own line. */
const FOLD_ABOVE = 50;

/** Longest name that others are aligned with. */
const NAME_LIMIT = 40;

/** What a host did in all plays together. */
export interface HostTotals {
  readonly host: string;
  readonly outcome: HostOutcome;
  readonly steps: Readonly<Record<StepOutcome, number>>;
  readonly unreachable: number;
  readonly modules: number;
  readonly bytes: number;
  /** Files of applications, besides modules. */
  readonly files: number;
  readonly fileBytes: number;
  /** Time that its steps took. */
  readonly ms: number;
}

/** Sums up a run: a line for each host, totals, and what failed last, where people look first. */
export function recapLines(report: Report): Line[] {
  const hosts = hostTotals(report);
  const groups = hosts.length > FOLD_ABOVE ? foldEqual(hosts) : hosts.map((totals) => [totals]);
  const columns = { statuses: shownStatuses(hosts), hasFiles: hosts.some(({ files }) => files > 0) };
  const failures = failureGroups(report);
  return [
    [{ text: "RECAP", style: "bold" }],
    ...tableLines(groups.map((group) => rowOf(group, columns))),
    ...totalLines(report, hosts),
    ...elixirLines(report),
    ...stdioLines(report),
    ...(failures.length === 0 ? [] : [[], [{ text: "FAILURES", style: "bold" } as const], ...failures]),
  ];
}

/** Adds up what each host did, in the order in which the hosts first came. */
export function hostTotals(report: Report): HostTotals[] {
  const reports = new Map<string, HostReport[]>();
  for (const play of report.plays) {
    for (const [host, hostReport] of Object.entries(play.hosts)) {
      const known = reports.get(host);
      if (known === undefined) reports.set(host, [hostReport]);
      else known.push(hostReport);
    }
  }
  return [...reports].map(([host, ofHost]) => totalsOf(host, ofHost));
}

function totalsOf(host: string, reports: readonly HostReport[]): HostTotals {
  const steps = { ...NO_STEPS };
  let ms = 0;
  for (const step of reports.flatMap((report) => report.steps)) {
    if (!wasCutOff(step)) steps[outcomeOfStep(step)] += 1;
    ms += step.duration_ms;
  }
  return {
    host,
    outcome: outcomeOf(reports, steps.changed > 0),
    steps,
    unreachable: reports.filter(({ status }) => status === "unreachable").length,
    modules: reports.reduce((sum, { pushed }) => sum + pushed.modules, 0),
    bytes: reports.reduce((sum, { pushed }) => sum + pushed.bytes, 0),
    files: reports.reduce((sum, { pushed }) => sum + pushed.files, 0),
    fileBytes: reports.reduce((sum, { pushed }) => sum + pushed.file_bytes, 0),
    ms,
  };
}

/** Whether the run was stopped while the step was at work: that is no failure of the host. */
function wasCutOff({ status, error }: StepReport): boolean {
  return status === "failed" && error?.code === "CANCELLED";
}

/** The worst of all plays counts; a host is skipped only if all of them skipped it. */
function outcomeOf(reports: readonly HostReport[], changed: boolean): HostOutcome {
  const statuses = new Set(reports.map(({ status }) => status));
  for (const status of ["failed", "unreachable", "cancelled"] as const) {
    if (statuses.has(status)) return status;
  }
  if (!statuses.has("ok")) return "skipped";
  return changed ? "changed" : "ok";
}

interface Row {
  readonly name: string;
  /** One for each column. */
  readonly cells: readonly Cell[];
}

interface Cell {
  readonly span: Span;
  readonly width: number;
}

/** Folds hosts that did the same; one that failed or was unreachable keeps its own row. */
function foldEqual(hosts: readonly HostTotals[]): HostTotals[][] {
  const groups = new Map<string, HostTotals[]>();
  for (const totals of hosts) {
    const { host, outcome, steps, unreachable, modules, bytes, files, fileBytes } = totals;
    const alone = outcome === "failed" || outcome === "unreachable";
    const key = alone
      ? host
      : JSON.stringify([outcome, steps, unreachable, modules, bytes, files, fileBytes]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [totals]);
    else group.push(totals);
  }
  return [...groups.values()];
}

interface Columns {
  readonly statuses: readonly CountedStatus[];
  /** Whether any host got files. */
  readonly hasFiles: boolean;
}

function rowOf(group: readonly HostTotals[], { statuses, hasFiles }: Columns): Row {
  const [first] = group;
  if (first === undefined) return { name: "", cells: [] };
  const slowest = formatDuration(Math.max(...group.map(({ ms }) => ms)));
  return {
    name: foldHosts(group.map(({ host }) => host)),
    cells: [
      ...statuses.map((status) => {
        const count = countOf(first, status);
        const text = `${status}=${count}`;
        return { span: count > 0 ? statusSpan(status, text) : text, width: text.length };
      }),
      cell(` pushed=${amount(first.modules, first.bytes)}`),
      ...(hasFiles ? [cell(` files=${amount(first.files, first.fileBytes)}`)] : []),
      cell(group.length > 1 ? ` up to ${slowest}` : ` ${slowest}`),
    ],
  };
}

function amount(count: number, bytes: number): string {
  return count === 0 ? "0" : `${count} (${formatBytes(bytes)})`;
}

function cell(text: string): Cell {
  return { span: text, width: text.length };
}

type CountedStatus = StepOutcome | "unreachable";

function countOf(totals: HostTotals, status: CountedStatus): number {
  return status === "unreachable" ? totals.unreachable : totals.steps[status];
}

/** What is seldom gets a column only where it occurs: a line must fit into a usual terminal. */
function shownStatuses(hosts: readonly HostTotals[]): CountedStatus[] {
  const seldom = (["unreachable", "skipped", "rescued", "ignored"] as const).filter((status) =>
    hosts.some((totals) => countOf(totals, status) > 0),
  );
  return ["ok", "changed", "failed", ...seldom];
}

function tableLines(rows: readonly Row[]): Line[] {
  const names = rows.map(({ name }) => displayWidth(name)).filter((width) => width <= NAME_LIMIT);
  const nameWidth = Math.max(0, ...names);
  const widths = (rows[0]?.cells ?? []).map((_, column) =>
    Math.max(...rows.map(({ cells }) => cells[column]?.width ?? 0)),
  );
  return rows.flatMap(({ name, cells }): Line[] => {
    const spans = cells.flatMap(({ span, width }, column): Line => {
      const isLast = column === cells.length - 1;
      return [" ", span, isLast ? "" : " ".repeat((widths[column] ?? 0) - width)];
    });
    const missing = nameWidth - displayWidth(name);
    if (missing >= 0) return [[`  ${name}${" ".repeat(missing)} `, ...spans]];
    return [[`  ${name}`], [" ".repeat(nameWidth + 3), ...spans]];
  });
}

/** Which hosts were sent Elixir itself: that is a lot, and nobody asked for it by name. */
function elixirLines(report: Report): Line[] {
  const hosts = new Map<string, PushedModule[]>();
  for (const [host, { steps }] of report.plays.flatMap((play) => Object.entries(play.hosts))) {
    const pushed = steps.flatMap((step) => step.pushed);
    hosts.set(host, [...(hosts.get(host) ?? []), ...pushed]);
  }
  const groups = new Map<string, string[]>();
  for (const [host, pushed] of hosts) {
    const { elixir } = sumPushed(pushed);
    if (elixir === undefined) continue;
    const text = `${elixirText(elixir)} (${formatBytes(elixir.bytes)}) shipped`;
    groups.set(text, [...(groups.get(text) ?? []), host]);
  }
  return Array.from(groups, ([text, names]) => [
    `Only Erlang on ${foldHosts(names)}: ${text}${names.length > 1 ? " to each" : ""}`,
  ]);
}

/** Which hosts had no tunnels: their servers may be wanted otherwise, and everything takes a little longer there. */
function stdioLines({ plays }: Report): Line[] {
  const reports = plays.flatMap(({ hosts }) => Object.entries(hosts));
  const names = new Set(reports.flatMap(([host, { transport }]) => (transport === "stdio" ? [host] : [])));
  return names.size === 0 ? [] : [[`Over stdio, without SSH tunnels: ${foldHosts([...names])}`]];
}

function totalLines(report: Report, hosts: readonly HostTotals[]): Line[] {
  const outcomes = HOST_OUTCOMES.flatMap((outcome): Line => {
    const count = hosts.filter((totals) => totals.outcome === outcome).length;
    return count === 0 ? [] : [", ", statusSpan(outcome, `${count} ${outcome}`)];
  });
  const modules = hosts.reduce((sum, totals) => sum + totals.modules, 0);
  const bytes = hosts.reduce((sum, totals) => sum + totals.bytes, 0);
  const files = hosts.reduce((sum, totals) => sum + totals.files, 0);
  const fileBytes = hosts.reduce((sum, totals) => sum + totals.fileBytes, 0);
  const pushed =
    (modules === 0 ? "" : `pushed ${formatCount(modules, "module")} (${formatBytes(bytes)}), `) +
    (files === 0 ? "" : `pushed ${formatCount(files, "file")} (${formatBytes(fileBytes)}), `);
  return [
    [
      `${formatCount(hosts.length, "host")}`,
      ...(outcomes.length === 0 ? [] : [": ", ...outcomes.slice(1)]),
      `; ${pushed}${formatDuration(report.duration_ms)}`,
      ...(report.status === "cancelled" ? [", ", statusSpan("cancelled")] : []),
    ],
  ];
}
