import type { PushedModule, Report } from "../engine/report.ts";
import { failureGroups } from "./failure-groups.ts";
import { foldHostsWithin } from "./host-ranges.ts";
import { hostTotals } from "./host-totals.ts";
import { interruptedSteps } from "./interrupted-steps.ts";
import type { Line } from "./line.ts";
import { placeLine } from "./place-line.ts";
import { elixirText, sumPushed } from "./pushed-text.ts";
import { formatBytes } from "./quantity.ts";
import { recapTable } from "./recap-table.ts";
import { totalLines } from "./recap-totals.ts";

/** Columns that lists of hosts are folded for where there is no terminal. */
const WIDTH = 160;

export interface RecapOptions {
  /** Columns of the terminal, which lines are made to fit into; undefined where there is none. */
  readonly columns: number | undefined;
  /** How often `-v` was given: each time, more failures are listed. */
  readonly verbosity: number;
}

/** Sums up a run: a line for each host, totals, what was cut off, and what failed last, where people look first. */
export function recapLines(report: Report, { columns, verbosity }: RecapOptions): Line[] {
  const hosts = hostTotals(report);
  const width = columns ?? WIDTH;
  const interrupted = interruptedSteps(report).map(({ play, step, hosts: names }) =>
    placeLine(names, `${play} | ${step}`, { style: "magenta", width }),
  );
  const failures = failureGroups(report, { width, verbosity });
  return [
    [{ text: "RECAP", style: "bold" }],
    ...recapTable(hosts, columns),
    ...totalLines(report, hosts, columns),
    ...elixirLines(report, width),
    ...stdioLines(report, width),
    ...section("INTERRUPTED", interrupted),
    ...section("FAILURES", failures),
  ];
}

function section(title: string, lines: readonly Line[]): readonly Line[] {
  return lines.length === 0 ? [] : [[], [{ text: title, style: "bold" }], ...lines];
}

/** Which hosts were sent Elixir itself: that is a lot, and nobody asked for it by name. */
function elixirLines(report: Report, width: number): Line[] {
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
    `Only Erlang on ${foldHostsWithin(names, width)}: ${text}${names.length > 1 ? " to each" : ""}`,
  ]);
}

/** Which hosts had no tunnels: their servers may be wanted otherwise, and everything takes a little longer there. */
function stdioLines({ plays }: Report, width: number): Line[] {
  const reports = plays.flatMap(({ hosts }) => Object.entries(hosts));
  const names = new Set(reports.flatMap(([host, { transport }]) => (transport === "stdio" ? [host] : [])));
  return names.size === 0 ? [] : [[`Over stdio, without SSH tunnels: ${foldHostsWithin([...names], width)}`]];
}
