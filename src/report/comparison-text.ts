import type { ChangedPart, HostsChange, PlayComparison, ReportComparison } from "./compare-reports.ts";
import { foldHosts } from "./host-ranges.ts";
import { type Line, renderLine, type RenderOptions } from "./line.ts";
import { changeSpan } from "./change-span.ts";
import { lineChanges } from "./line-changes.ts";
import { nearChanges } from "./near-changes.ts";
import { textLines } from "./printable.ts";
import { formatCount } from "./quantity.ts";

/** So many lines of one text are shown. */
const MOST_LINES = 200;

/** Writes what changed between two runs, for people. Hosts on which the same changed share an entry. */
export function comparisonText(comparison: ReportComparison, options: RenderOptions): string {
  return linesOf(comparison)
    .map((line) => `${renderLine(line, options)}\n`)
    .join("");
}

function linesOf(comparison: ReportComparison): Line[] {
  const { before, after, plays } = comparison;
  const runs = [before, after].map(({ file, status, exit_code, started_at }, index): Line => [
    { text: `${index === 0 ? "-" : "+"} ${file}`, style: index === 0 ? "red" : "green" },
    { text: `  ${started_at}  ${status}, exit code ${exit_code}`, style: "dim" },
  ]);
  return [...runs, ...plays.flatMap((play) => playLines(play, comparison)), [], totalLine(comparison)];
}

function totalLine({ plays, same }: ReportComparison): Line {
  const differing = new Set(
    plays.flatMap(({ changes, only_before, only_after }) => [
      ...changes.flatMap(({ hosts }) => hosts),
      ...only_before,
      ...only_after,
    ]),
  ).size;
  if (differing > 0)
    return [{ text: `${formatCount(differing, "host")} differ${differing === 1 ? "s" : ""}`, style: "bold" }];
  return [
    { text: same ? "No difference" : "The runs ended differently, and no host differs", style: "bold" },
  ];
}

function playLines(play: PlayComparison, { before, after }: ReportComparison): Line[] {
  const { name, changes, only_before, only_after } = play;
  const onlyIn = (hosts: readonly string[], file: string): Line[] =>
    hosts.length === 0 ? [] : [["  ", { text: foldHosts(hosts), style: "bold" }, `: only in ${file}`]];
  const lines: Line[] = [...onlyIn(only_before, before.file), ...onlyIn(only_after, after.file)];
  let step: string | null = null;
  for (const change of changes) {
    if (change.step !== null && change.step !== step) lines.push([`  ${change.step}`]);
    step = change.step;
    lines.push(...changeLines(change, step === null ? "  " : "    "));
  }
  return lines.length === 0 ? [] : [[], [{ text: `PLAY ${name}`, style: "bold" }], ...lines];
}

function changeLines({ hosts, parts }: HostsChange, indent: string): Line[] {
  const count = hosts.length > 1 ? ` (${hosts.length} hosts)` : "";
  const ways = parts.flatMap((part) => wayOf(part) ?? []);
  const head: Line = [
    indent,
    { text: foldHosts(hosts), style: "bold" },
    `${count}${ways.length === 0 ? "" : `: ${ways.join(", ")}`}`,
  ];
  return [
    head,
    ...parts.filter((part) => wayOf(part) === undefined).flatMap((part) => textDiff(part, indent)),
  ];
}

/** What can be told in a few words. */
function wayOf({ what, before, after }: ChangedPart): string | undefined {
  switch (what) {
    case "step":
      return before === null ? `new step, ${after ?? ""}` : "step is gone";
    case "status":
    case "runtime":
    case "transport":
      return `${before ?? "nothing"} -> ${after ?? "nothing"}`;
    case "error":
    case "result":
    case "output":
    case "pushed":
      return undefined;
  }
}

function textDiff({ what, before, after }: ChangedPart, indent: string): Line[] {
  const isTerm = what === "result";
  const all = lineChanges(textLines(before ?? ""), textLines(after ?? ""), { isTerm });
  if (all.every(({ sign }) => sign === " "))
    return [[`${indent}  `, { text: what, style: "dim" }, ": other line ends"]];
  const changes = nearChanges(all);
  const shown = changes.slice(0, MOST_LINES);
  const left = changes.length - shown.length;
  return [
    [`${indent}  `, { text: what, style: "dim" }],
    ...shown.map((change): Line => [`${indent}    `, changeSpan(change)]),
    ...(left > 0 ? [[`${indent}    … ${formatCount(left, "more line")}: see --json`]] : []),
  ];
}
