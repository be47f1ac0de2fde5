import type { Report } from "../engine/report.ts";
import { foldedResultLines } from "./folded-results.ts";
import type { Line } from "./line.ts";
import { profileLines } from "./profile-lines.ts";
import { recapLines } from "./recap.ts";

/** Columns that lines are made for where there is no terminal. */
const WIDTH = 120;

export interface EndOptions {
  /** Shows which steps took longest. */
  readonly profile: boolean;
  /** How often `-v` was given. */
  readonly verbosity: number;
  /** Columns of the terminal; undefined or 0 where there is none, or it does not tell. */
  readonly columns: number | undefined;
}

/** What is shown when a run is over: what the steps gave, with `profile` the slowest of them, and the recap. */
export function endLines(report: Report, { profile, verbosity, columns }: EndOptions): Line[] {
  const width = columns === undefined || columns === 0 ? WIDTH : columns;
  const sections = [
    foldedResultLines(report, { width, verbosity }),
    profile ? profileLines(report) : [],
    recapLines(report),
  ];
  return sections.flatMap((lines) => (lines.length === 0 ? [] : [[], ...lines]));
}
