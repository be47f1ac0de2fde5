import type { Report } from "../engine/report.ts";
import { displayWidth, fitWidth } from "./display-width.ts";
import type { Line } from "./line.ts";
import { formatDuration } from "./quantity.ts";

/** So many of the slowest are shown. */
const MOST = 15;
/** Widest column of names. */
const NAME_LIMIT = 40;
const GAP = "  ";

/** How long a step, or a phase of connecting, took on the hosts. */
interface Timing {
  readonly name: string;
  readonly hosts: number;
  readonly median: number;
  readonly longest: number;
  /** The host on which it took longest. */
  readonly slowest: string;
}

/** Tells which steps and phases took longest, by the host that was slowest at it. */
export function profileLines(report: Report): Line[] {
  const timings = timingsOf(report).toSorted((one, other) => other.longest - one.longest);
  if (timings.length === 0) return [];
  const rows = timings
    .slice(0, MOST)
    .map(({ name, hosts, median, longest, slowest }) => [
      fit(name),
      String(hosts),
      formatDuration(median),
      formatDuration(longest),
      slowest,
    ]);
  const table = [["", "HOSTS", "MEDIAN", "LONGEST", "ON"], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => displayWidth(row[column] ?? "")))) ?? [];
  const [header, ...lines] = table.map((row) =>
    `  ${row.map((cell, column) => pad(cell, column, widths)).join(GAP)}`.trimEnd(),
  );
  return [
    [{ text: "SLOWEST", style: "bold" }],
    [{ text: header ?? "", style: "dim" }],
    ...lines.map((line): Line => [line]),
  ];
}

function timingsOf({ plays }: Report): Timing[] {
  const times = new Map<string, [host: string, ms: number][]>();
  const add = (name: string, host: string, ms: number): void => {
    const known = times.get(name);
    if (known === undefined) times.set(name, [[host, ms]]);
    else known.push([host, ms]);
  };
  for (const { name: play, hosts } of plays) {
    const prefix = plays.length > 1 ? `${play} | ` : "";
    for (const [host, { phases = [], steps }] of Object.entries(hosts)) {
      for (const { phase, duration_ms } of phases) add(`${prefix}connecting: ${phase}`, host, duration_ms);
      for (const { name, status, ran_on, resumed, duration_ms } of steps) {
        // What was not done here took no time here.
        if (status === "skipped" || ran_on !== undefined || resumed === true) continue;
        add(`${prefix}${name}`, host, duration_ms);
      }
    }
  }
  return Array.from(times, ([name, all]) => timingOf(name, all));
}

function timingOf(name: string, all: readonly (readonly [string, number])[]): Timing {
  const sorted = all.toSorted(([, one], [, other]) => one - other);
  const [slowest, longest] = sorted.at(-1) ?? ["", 0];
  const [, median] = sorted[Math.floor((sorted.length - 1) / 2)] ?? ["", 0];
  return { name, hosts: new Set(all.map(([host]) => host)).size, median, longest, slowest };
}

function fit(name: string): string {
  return displayWidth(name) <= NAME_LIMIT ? name : `${fitWidth(name, NAME_LIMIT - 1)}…`;
}

/** Numbers stand at the right, names at the left. */
function pad(cell: string, column: number, widths: readonly number[]): string {
  const blanks = " ".repeat((widths[column] ?? 0) - displayWidth(cell));
  return column === 0 || column === widths.length - 1 ? cell + blanks : blanks + cell;
}
