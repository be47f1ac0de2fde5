import type { DryRunHost, DryRunProblem, DryRunReport, DryRunStep } from "../../engine/dry-run-report.ts";
import { displayModule } from "../../etf/module-name.ts";
import { countDistinct, formatTotals, groupEqual } from "../dry-run-groups.ts";
import { shownFile } from "../dry-run-table.ts";
import { effectsText } from "../effects-text.ts";
import { foldHosts } from "../host-ranges.ts";
import { formatBytes, formatCount } from "../quantity.ts";
import { fenced, inline } from "./markdown-words.ts";

/** So many modules and files of hosts with the same plan have a row; a comment has 65,536 characters. */
const MOST_ROWS = 200;
/** So many problems are told. */
const MOST_PROBLEMS = 50;

/** Writes a dry run as Markdown, for a comment or the summary of a CI job: problems, then what would be shipped. */
export function dryRunMarkdown({ status, plays }: DryRunReport): string {
  const plans = plays.flatMap(({ hosts }) => Object.values(hosts));
  const names = new Set(plays.flatMap(({ hosts }) => Object.keys(hosts)));
  const problems = countDistinct(plans.flatMap((plan) => plan.problems));
  return [
    `## fusion-play, dry run: ${status}`,
    "",
    `${formatCount(names.size, "host")}, ${problems === 0 ? "no problems" : formatCount(problems, "problem")}`,
    "",
    ...plays.flatMap(({ name, hosts }) => [
      `### ${inline(name)}`,
      "",
      ...groupEqual(hosts).flatMap(({ names: group, plan }) => planLines(group, plan)),
    ]),
  ].join("\n");
}

function planLines(names: readonly string[], plan: DryRunHost): string[] {
  const { unknown, steps, problems, totals, error = null } = plan;
  const each = names.length > 1 ? ` (${names.length} hosts, each)` : "";
  const head = `**${inline(foldHosts(names))}**${each}: `;
  if (error !== null) return [`${head}unreachable`, "", ...fenced(`${error.code}: ${error.message}`), ""];
  const ships = unknown !== undefined && steps.length === 0 ? "not known" : formatTotals(totals);
  return [
    `${head}${ships}${unknown === undefined ? "" : `; ${inline(unknown)}`}`,
    "",
    ...problemLines(problems),
    ...tableLines(steps),
  ];
}

function problemLines(problems: readonly DryRunProblem[]): string[] {
  const told = [...new Set(problems.map(({ code, message }) => `${code}: ${message}`))];
  if (told.length === 0) return [];
  const left = told.length - MOST_PROBLEMS;
  const more = left > 0 ? [`… and ${formatCount(left, "other problem")}`] : [];
  return [...fenced([...told.slice(0, MOST_PROBLEMS), ...more].join("\n")), ""];
}

function tableLines(steps: readonly DryRunStep[]): string[] {
  const rows = steps.flatMap(rowsOf);
  if (rows.length === 0) return [];
  const left = rows.length - MOST_ROWS;
  return [
    "| step | module | size | needed by | effects | file |",
    "| --- | --- | ---: | --- | --- | --- |",
    ...rows.slice(0, MOST_ROWS).map((row) => `| ${row.map(inline).join(" | ")} |`),
    "",
    ...(left > 0 ? [`… and ${formatCount(left, "more row")}.`, ""] : []),
  ];
}

function rowsOf({ name, would_push, would_push_files }: DryRunStep): string[][] {
  return [
    ...would_push.map((module) => [
      name,
      displayModule(module.module),
      formatBytes(module.bytes),
      module.needed_by === null ? "(this step)" : displayModule(module.needed_by),
      effectsText(module),
      shownFile(module.file),
    ]),
    ...would_push_files.map(({ path, bytes, application, file }) => [
      name,
      path,
      formatBytes(bytes),
      application,
      "",
      shownFile(file),
    ]),
  ];
}
