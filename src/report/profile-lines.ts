import type { Report } from "../engine/report.ts";
import { displayWidth } from "./display-width.ts";
import type { Line } from "./line.ts";
import { formatDuration } from "./quantity.ts";
import { headingsOf } from "./step-heading.ts";

/** So many of the slowest are shown. */
const MOST = 15;
/** Widest column of names, and how wide it is at least in a narrow terminal. */
const NAME_LIMITS = { least: 10, most: 40 } as const;
/** With less room than this, hosts are not told. */
const LEAST_HOST = 4;
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

/**
 * Tells which steps and phases took longest, by the host that was slowest at it.
 *
 * @param width columns that lines are made to fit into
 */
export function profileLines(report: Report, width: number): Line[] {
  const timings = timingsOf(report)
    .toSorted((one, other) => other.longest - one.longest)
    .slice(0, MOST);
  if (timings.length === 0) return [];
  const numbers = [
    ["HOSTS", "MEDIAN", "LONGEST"],
    ...timings.map(({ hosts, median, longest }) => [
      String(hosts),
      formatDuration(median),
      formatDuration(longest),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...numbers.map((row) => row[column]?.length ?? 0)));
  const [header = "", ...cells] = numbers.map((row) =>
    row.map((cell, column) => GAP + cell.padStart(widths[column] ?? 0)).join(""),
  );
  const slowest = Math.max(...timings.map((timing) => displayWidth(timing.slowest)));
  const room = Math.max(NAME_LIMITS.least, width - 2 * GAP.length - header.length - slowest);
  const columns = Math.min(
    NAME_LIMITS.most,
    room,
    Math.max(...timings.map(({ name }) => displayWidth(name))),
  );
  const most = width - 2 * GAP.length - header.length - columns;
  const on = (host: string): Line => (most < LEAST_HOST ? [] : [GAP, { text: host, most }]);
  return [
    [{ text: "SLOWEST", style: "bold" }],
    [{ text: `${GAP}${" ".repeat(columns)}${header}`, style: "dim" }, ...on("ON")],
    ...timings.map((timing, index): Line => [
      GAP,
      { text: timing.name, columns },
      cells[index] ?? "",
      ...on(timing.slowest),
    ]),
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
    const headingOf = headingsOf(hosts);
    for (const [host, { phases = [], steps }] of Object.entries(hosts)) {
      for (const { phase, duration_ms } of phases) add(`${prefix}connecting: ${phase}`, host, duration_ms);
      for (const step of steps) {
        const { status, ran_on, resumed, duration_ms } = step;
        // What was not done here took no time here.
        if (status === "skipped" || ran_on !== undefined || resumed === true) continue;
        add(`${prefix}${headingOf(step)}`, host, duration_ms);
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
