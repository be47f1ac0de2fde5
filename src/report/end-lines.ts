import type { Report } from "../engine/report.ts";
import { foldedResultLines } from "./folded-results.ts";
import type { Line } from "./line.ts";
import { profileLines } from "./profile-lines.ts";
import { recapLines } from "./recap.ts";
import { trafficLines } from "./traffic-lines.ts";
import { wrapLine } from "./wrap-line.ts";

/** Columns that lines are made for where there is no terminal. */
const WIDTH = 120;

export interface EndOptions {
  /** Shows which steps took longest. */
  readonly profile: boolean;
  /** How often `-v` was given. */
  readonly verbosity: number;
  /** Columns of the terminal; undefined where there is none. */
  readonly columns: number | undefined;
}

/**
 * What is shown when a run is over: what the steps gave, with `profile` the slowest of them, what went
 * over the network where that was counted, and the recap.
 */
export function endLines(report: Report, { profile, verbosity, columns }: EndOptions): Line[] {
  const width = columns ?? WIDTH;
  const sections = [
    foldedResultLines(report, { width, verbosity }),
    profile ? profileLines(report, width) : [],
    trafficLines(report, width),
    recapLines(report, { columns, verbosity }),
  ];
  const lines = sections.flatMap((section) => (section.length === 0 ? [] : [[], ...section]));
  return columns === undefined ? lines : lines.flatMap((line) => wrapLine(line, columns));
}
