import { isDeepStrictEqual } from "node:util";
import type { Report } from "../engine/report.ts";
import { changeSpan } from "./change-span.ts";
import { displayWidth } from "./display-width.ts";
import { type EqualResults, equalResults, isFailure, type StepResults } from "./equal-results.ts";
import { foldHostsWithin } from "./host-ranges.ts";
import type { FormattedSpan, Line } from "./line.ts";
import { textLines } from "./printable.ts";
import { formatCount } from "./quantity.ts";
import { layoutResult, resultChanges } from "./result-changes.ts";
import { statusSpan } from "./status-style.ts";

export interface FoldedResultsOptions {
  /** Columns that lines are made to fit into. */
  readonly width: number;
  /** How often `-v` was given: each time, more is shown. */
  readonly verbosity: number;
}

/** How much is shown. */
interface Limits {
  /** Of all steps together; at least one step is shown. */
  readonly lines: number;
  /** Of a step: results that differ, and as many failures. */
  readonly groups: number;
  readonly resultLines: number;
  readonly changes: number;
}

/** By how often `-v` was given. */
const LIMITS: readonly Limits[] = [
  { lines: 60, groups: 8, resultLines: 6, changes: 8 },
  { lines: 500, groups: 50, resultLines: 40, changes: 60 },
];
const NO_LIMITS: Limits = { lines: Infinity, groups: Infinity, resultLines: Infinity, changes: Infinity };

/** What tells nothing where all hosts gave it. */
const SAYS_NOTHING = /^:?(?:ok|true|nil|undefined)$/;

/** Widest column of names of hosts: half of the terminal, within these. */
const NAME_LIMITS = { least: 20, most: 36 } as const;

/** So short a result is shown as it is, even where another one could be compared. */
const SHORT = 30;

/** What stands in front of hosts, and of what does not fit beside them. */
const GROUP_INDENT = 4;
const RESULT_INDENT = 6;
const GAP = 2;

/**
 * Writes what the steps gave, hosts with the same result together, as a term; what other hosts gave is compared with
 * what most of them did. Nothing where one host only did a step, or all gave what tells nothing.
 */
export function foldedResultLines(report: Report, { width, verbosity }: FoldedResultsOptions): Line[] {
  const limits = LIMITS[verbosity] ?? NO_LIMITS;
  const results = equalResults(report).filter((step) => isOfInterest(step, verbosity));
  const isNamed = report.plays.length > 1;
  const blockOf = ({ play, step, groups }: StepResults): Line[] => [
    ["  ", { text: `${isNamed ? `${play} | ` : ""}${step}`, most: width - 2 }],
    ...stepLines(groups, width, limits),
  ];
  const shown = withinLines(results, blockOf, limits.lines);
  if (shown.length === 0) return [];
  const left = results.length - shown.length;
  return [
    [{ text: "RESULTS", style: "bold" }],
    ...shown.flat(),
    ...(left === 0
      ? []
      : [
          dim(
            `  … and ${formatCount(left, "more step")}${verbosity === 0 ? " (-v shows more)" : " (-vv shows all)"}`,
            width,
          ),
        ]),
  ];
}

function isOfInterest({ groups }: StepResults, verbosity: number): boolean {
  const [first] = groups;
  if (first === undefined || groups.reduce((sum, { hosts }) => sum + hosts.length, 0) < 2) return false;
  if (groups.length > 1 || verbosity > 0) return true;
  return !first.parts.every(({ label, printed }) => label === null && SAYS_NOTHING.test(printed ?? ""));
}

/**
 * Gives the lines of the steps that there is room for, first those that failed, then those in which hosts differ; in
 * the order of the steps. Those of the others are not made.
 */
function withinLines(
  steps: readonly StepResults[],
  blockOf: (step: StepResults) => Line[],
  most: number,
): Line[][] {
  const taken = new Map<StepResults, Line[]>();
  let lines = 0;
  for (const step of steps.toSorted((one, other) => weightOf(other) - weightOf(one))) {
    const block = blockOf(step);
    lines += block.length;
    if (taken.size > 0 && lines > most) break;
    taken.set(step, block);
  }
  return steps.flatMap((step) => {
    const block = taken.get(step);
    return block === undefined ? [] : [block];
  });
}

function weightOf({ groups }: StepResults): number {
  return groups.some(isFailure) ? 2 : groups.length > 1 ? 1 : 0;
}

function stepLines(groups: readonly EqualResults[], width: number, limits: Limits): Line[] {
  const failures = groups.filter(isFailure);
  const others = groups.filter((group) => !isFailure(group));
  const shown = [...others.slice(0, limits.groups), ...failures.slice(0, limits.groups)];
  const half = Math.floor(width / 2) - GROUP_INDENT;
  const nameLimit = Math.max(NAME_LIMITS.least, Math.min(NAME_LIMITS.most, half));
  const names = shown.map(({ hosts }) => foldHostsWithin(hosts, nameLimit));
  const columns = {
    width,
    name: Math.min(nameLimit, Math.max(...names.map(displayWidth))),
    status: Math.max(...shown.map(({ outcome }) => outcome.length)),
  };
  // Where most hosts failed, what the others gave is still what is usual.
  const usual = shown.find(({ parts }) => parts.length > 0);
  const lines = (group: EqualResults, index: number): Line[] =>
    groupLines(group, {
      name: names[index] ?? "",
      columns,
      limits,
      usual: group === usual ? undefined : usual,
    });
  const shownOthers = others.slice(0, limits.groups).length;
  return [
    ...shown.slice(0, shownOthers).flatMap(lines),
    ...moreLine(others.slice(limits.groups), "result", width),
    ...shown.slice(shownOthers).flatMap((group, index) => lines(group, shownOthers + index)),
    ...moreLine(failures.slice(limits.groups), "failure", width),
  ];
}

function moreLine(left: readonly EqualResults[], what: string, width: number): Line[] {
  if (left.length === 0) return [];
  const hosts = left.reduce((sum, group) => sum + group.hosts.length, 0);
  const on = hosts === left.length ? "" : `, on ${formatCount(hosts, "host")}`;
  return [dim(`${" ".repeat(GROUP_INDENT)}… and ${left.length} more ${what}s${on}`, width)];
}

interface GroupPlace {
  readonly name: string;
  readonly columns: { readonly width: number; readonly name: number; readonly status: number };
  readonly limits: Limits;
  /** What most hosts gave; undefined of those themselves. */
  readonly usual: EqualResults | undefined;
}

function groupLines(group: EqualResults, { name, columns, limits, usual }: GroupPlace): Line[] {
  const { outcome, error, parts } = group;
  const head: Line = [
    " ".repeat(GROUP_INDENT),
    { text: name, columns: columns.name },
    " ".repeat(GAP),
    statusSpan(outcome),
  ];
  const start = GROUP_INDENT + columns.name + GAP + columns.status + GAP;
  const room = columns.width - start;
  const beside = (text: FormattedSpan): Line => [
    ...head,
    " ".repeat(columns.status - outcome.length + GAP),
    { ...text, most: room },
  ];
  if (error !== null) {
    const why = `${error.code}: ${textLines(error.message)[0] ?? ""}`;
    const first =
      displayWidth(why) <= room ? [beside({ text: why })] : [head, below({ text: why }, columns.width)];
    return [...first, ...(parts.length === 0 ? [] : resultBelow(parts, usual, columns.width, limits))];
  }
  const [only = "", ...others] = layoutResult(parts, Infinity);
  const fits = others.length === 0 && displayWidth(only) <= room;
  if (fits && (usual === undefined || displayWidth(only) <= SHORT || isLike(usual, { parts, columns, room })))
    return [only === "" ? head : beside({ text: only })];
  return [head, ...resultBelow(parts, usual, columns.width, limits)];
}

function resultBelow(
  parts: EqualResults["parts"],
  usual: EqualResults | undefined,
  width: number,
  limits: Limits,
): Line[] {
  if (usual !== undefined && isDeepStrictEqual(usual.parts, parts)) return [];
  const room = Math.max(20, width - RESULT_INDENT);
  const changes = changesTo(parts, usual, width);
  if (changes !== undefined) return bounded(changes.map(changeSpan), limits.changes, width);
  const lines = layoutResult(parts, Math.min(80, room)).map((text) => ({ text }));
  return bounded(lines, limits.resultLines, width);
}

/** Whether what most hosts gave is as short as another result, and says nothing of it. */
function isLike(
  usual: EqualResults,
  {
    parts,
    columns,
    room,
  }: Pick<EqualResults, "parts"> & Pick<GroupPlace, "columns"> & { readonly room: number },
): boolean {
  const [line = "", ...others] = layoutResult(usual.parts, Infinity);
  if (others.length > 0 || displayWidth(line) > room) return false;
  return changesTo(parts, usual, columns.width) === undefined;
}

/** What differs from what most hosts gave; undefined where the result tells it better. */
function changesTo(
  parts: EqualResults["parts"],
  usual: EqualResults | undefined,
  width: number,
): ReturnType<typeof resultChanges> {
  const room = Math.max(20, width - RESULT_INDENT);
  return usual === undefined ? undefined : resultChanges(usual.parts, parts, room - 2);
}

function bounded(lines: readonly FormattedSpan[], most: number, width: number): Line[] {
  // A mark in the place of one line would save nothing.
  const shown = lines.length === most + 1 ? lines : lines.slice(0, most);
  const left = lines.length - shown.length;
  return [
    ...shown.map((line) => below(line, width)),
    ...(left === 0
      ? []
      : [dim(`${" ".repeat(RESULT_INDENT)}… and ${formatCount(left, "more line")}`, width)]),
  ];
}

function below(line: FormattedSpan, width: number): Line {
  return [" ".repeat(RESULT_INDENT), { ...line, most: width - RESULT_INDENT }];
}

function dim(text: string, width: number): Line {
  return [{ text, style: "dim", most: width }];
}
