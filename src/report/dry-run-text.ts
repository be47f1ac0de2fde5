import { isAbsolute, relative } from "node:path";
import type {
  DryRunHost,
  DryRunModule,
  DryRunPlay,
  DryRunProblem,
  DryRunReport,
  DryRunStep,
} from "../engine/dry-run-report.ts";
import { problemLines, unknownLine, unknownLines, warningLines } from "./dry-run-findings.ts";
import { displayWidth } from "./display-width.ts";
import { foldHosts } from "./host-ranges.ts";
import { type Line, renderLine } from "./line.ts";
import { elixirText } from "./pushed-text.ts";
import { formatBytes, formatCount } from "./quantity.ts";
import { reasonKind } from "./reason-text.ts";
import type { TextFormat } from "./text-format.ts";

/** As much of an md5 as tells files apart by eye. */
const SHORT_MD5 = 8;

/** Writes a dry run for people: per play and group of hosts with the same plan, what each step would ship. */
export function dryRunText(report: DryRunReport, format: TextFormat): string {
  const lines = [...report.plays.flatMap(playLines), ...totalLines(report)];
  return lines.map((line) => `${renderLine(line, format)}\n`).join("");
}

function playLines({ name, hosts }: DryRunPlay): Line[] {
  return [
    [{ text: `PLAY ${name}`, style: "bold" }, ` (${formatCount(Object.keys(hosts).length, "host")})`],
    ...groupEqual(hosts).flatMap(({ names, plan }) => planLines(names, plan)),
    [],
  ];
}

interface PlanGroup {
  readonly names: string[];
  readonly plan: DryRunHost;
}

function groupEqual(hosts: DryRunPlay["hosts"]): PlanGroup[] {
  // Most hosts share the object itself; writing a large plan out for each of them would take long.
  const keys = new Map<DryRunHost, string>();
  const groups = new Map<string, PlanGroup>();
  for (const [name, plan] of Object.entries(hosts)) {
    const key = keys.get(plan) ?? JSON.stringify(plan);
    keys.set(plan, key);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { names: [name], plan });
    else group.names.push(name);
  }
  return [...groups.values()];
}

function planLines(
  names: readonly string[],
  { steps, unknown, problems, totals, without_elixir }: DryRunHost,
): Line[] {
  const count = names.length > 1 ? ` (${names.length} hosts, each)` : "";
  const ships = unknown !== undefined && steps.length === 0 ? "not known" : formatModules(totals);
  return [
    ["  ", { text: foldHosts(names), style: "bold" }, `${count}: ${ships}`],
    ...(unknown === undefined ? [] : [unknownLine(unknown, "    ")]),
    ...problemLines(problems, "    "),
    ...steps.flatMap((step, index) => stepLines(step, index + 1)),
    ...withoutElixirLines(without_elixir),
  ];
}

function withoutElixirLines(elixir: DryRunHost["without_elixir"]): Line[] {
  if (elixir === undefined) return [];
  const { elixir: version, modules, bytes } = elixir;
  const more = `${elixirText({ version, modules })} more, ${formatBytes(bytes)}`;
  return [["    ", { text: "With only Erlang on the host", style: "dim" }, `: ${more}`]];
}

function stepLines(step: DryRunStep, number: number): Line[] {
  const { name, kind, would_push, problems, warnings } = step;
  const bytes = would_push.reduce((sum, module) => sum + module.bytes, 0);
  const ships =
    would_push.length === 0 ? "ships nothing new" : formatModules({ modules: would_push.length, bytes });
  return [
    [`    ${number}. ${name} `, { text: `(${kind})`, style: "dim" }, `: ${ships}`],
    ...moduleLines(would_push),
    ...unknownLines(step, "       "),
    ...warningLines(warnings, "       "),
    ...problemLines(problems, "       "),
  ];
}

/** A table with a row for each module. */
function moduleLines(modules: readonly DryRunModule[]): Line[] {
  if (modules.length === 0) return [];
  const rows = modules.map(({ module, bytes, md5, needed_by, reason, file }) => [
    module,
    String(bytes),
    md5.slice(0, SHORT_MD5),
    needed_by ?? "(this step)",
    reason === null ? "" : reasonKind(reason),
    shownFile(file),
  ]);
  const header = ["MODULE", "BYTES", "MD5", "NEEDED BY", "REASON", "FILE"];
  const widths = header.map((_, column) =>
    [header, ...rows].reduce((width, row) => Math.max(width, displayWidth(row[column] ?? "")), 0),
  );
  const [first, ...rest] = [header, ...rows].map((row) => tableRow(row, widths));
  return [[{ text: first ?? "", style: "dim" }], ...rest.map((row): Line => [row])];
}

/** A file as it is called from the working directory, where it lies below that. */
function shownFile(file: string): string {
  const short = relative(process.cwd(), file);
  return isAbsolute(file) && !short.startsWith("..") ? short : file;
}

function tableRow(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => {
    const padding = " ".repeat((widths[column] ?? 0) - displayWidth(cell));
    // Numbers stand at the right.
    return column === 1 ? padding + cell : cell + padding;
  });
  return `       ${padded.join("  ")}`.trimEnd();
}

function totalLines({ plays }: DryRunReport): Line[] {
  const names = new Set(plays.flatMap(({ hosts }) => Object.keys(hosts)));
  const plans = plays.flatMap(({ hosts }) => Object.values(hosts));
  const modules = plans.reduce((sum, { totals }) => sum + totals.modules, 0);
  const bytes = plans.reduce((sum, { totals }) => sum + totals.bytes, 0);
  const steps = plans.flatMap((plan) => plan.steps);
  const problems = countDistinct([...plans, ...steps].flatMap((part) => part.problems));
  const warnings = countDistinct(steps.flatMap((step) => step.warnings));
  return [
    [
      `${formatCount(names.size, "host")}: ${formatModules({ modules, bytes })} at most, `,
      problems === 0 ? "no problems" : { text: formatCount(problems, "problem"), style: "red" },
      ...(warnings === 0 ? [] : [", ", { text: formatCount(warnings, "warning"), style: "yellow" } as const]),
    ],
  ];
}

/** One mistake counts once, on however many hosts it would show. */
function countDistinct(problems: readonly DryRunProblem[]): number {
  return new Set(problems.map(({ code, message }) => `${code}: ${message}`)).size;
}

function formatModules({ modules, bytes }: DryRunHost["totals"]): string {
  return modules === 0 ? "ships no modules" : `${formatCount(modules, "module")}, ${formatBytes(bytes)}`;
}
