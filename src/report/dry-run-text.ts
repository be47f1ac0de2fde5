import type {
  DryRunFile,
  DryRunHost,
  DryRunPlay,
  DryRunReport,
  DryRunStep,
} from "../engine/dry-run-report.ts";
import type { ErrorReport } from "../engine/report.ts";
import {
  effectLines,
  problemLines,
  replacedLines,
  unknownLine,
  unknownLines,
  warningLines,
} from "./dry-run-findings.ts";
import { countDistinct, formatTotals, groupEqual } from "./dry-run-groups.ts";
import { dryRunTable, shownFile } from "./dry-run-table.ts";
import { failureLines } from "./failure-lines.ts";
import { foldHosts } from "./host-ranges.ts";
import { renderLine, type Line, type RenderOptions } from "./line.ts";
import { elixirText } from "./pushed-text.ts";
import { formatBytes, formatCount } from "./quantity.ts";

/**
 * Writes a dry run for people: per play and group of hosts with the same plan, what each step would
 * ship. Tables are cut to the width of `options`, other lines are not.
 */
export function dryRunText(report: DryRunReport, options: RenderOptions): string {
  const { width: _, ...format } = options;
  const lines = [...report.plays.flatMap((play) => playLines(play, options)), ...totalLines(report)];
  return lines.map((line) => `${renderLine(line, format)}\n`).join("");
}

function playLines({ name, hosts }: DryRunPlay, options: RenderOptions): Line[] {
  return [
    [{ text: `PLAY ${name}`, style: "bold" }, ` (${formatCount(Object.keys(hosts).length, "host")})`],
    ...groupEqual(hosts).flatMap(({ names, plan }) => planLines(names, plan, options)),
    [],
  ];
}

function planLines(
  names: readonly string[],
  { steps, unknown, totals, without_elixir, runtime, error = null }: DryRunHost,
  options: RenderOptions,
): Line[] {
  if (error !== null) return unreachableLines(names, error);
  const count = names.length > 1 ? ` (${names.length} hosts, each)` : "";
  const ships = unknown !== undefined && steps.length === 0 ? "not known" : formatTotals(totals);
  return [
    ["  ", { text: foldHosts(names), style: "bold" }, `${count}: ${ships}`],
    ...runtimeLines(runtime),
    ...(unknown === undefined ? [] : [unknownLine(unknown, "    ")]),
    ...steps.flatMap((step, index) => stepLines(step, index + 1, options)),
    ...withoutElixirLines(without_elixir),
  ];
}

function unreachableLines(names: readonly string[], error: ErrorReport): Line[] {
  return [
    ["  ", { text: foldHosts(names), style: "bold" }, ": ", { text: "unreachable", style: "red" }],
    ...failureLines(error).map((line): Line => ["    ", ...line]),
  ];
}

/** What the host runs, where it was asked. */
function runtimeLines(runtime: DryRunHost["runtime"]): Line[] {
  if (runtime === undefined || runtime === null) return [];
  const elixir = runtime.elixir === null ? "no Elixir" : `Elixir ${runtime.elixir}`;
  return [["    ", { text: "The host has", style: "dim" }, ` OTP ${runtime.otp}, ${elixir}`]];
}

function withoutElixirLines(elixir: DryRunHost["without_elixir"]): Line[] {
  if (elixir === undefined) return [];
  const { elixir: version, modules, bytes } = elixir;
  const more = `${elixirText({ version, modules })} more, ${formatBytes(bytes)}`;
  return [["    ", { text: "With only Erlang on the host", style: "dim" }, `: ${more}`]];
}

function stepLines(step: DryRunStep, number: number, options: RenderOptions): Line[] {
  const { name, kind, handler, delegated_to, would_push, would_push_files: files, problems, warnings } = step;
  const totals = {
    modules: would_push.length,
    bytes: sizeOf(would_push),
    files: files.length,
    file_bytes: sizeOf(files),
  };
  const about = [kind, ...(handler === true ? ["handler"] : [])];
  if (delegated_to !== undefined) about.push(`on ${delegated_to}`);
  const isNothing = totals.modules === 0 && totals.files === 0;
  const ships = isNothing ? "ships nothing new" : formatTotals(totals);
  return [
    [`    ${number}. ${name} `, { text: `(${about.join(", ")})`, style: "dim" }, `: ${ships}`],
    ...dryRunTable(would_push, "       ", options),
    ...files.map((file) => fileLine(file, "       ")),
    ...replacedLines(would_push, "       "),
    ...effectLines(would_push, "       "),
    ...unknownLines(step, "       "),
    ...warningLines(warnings, "       "),
    ...problemLines(problems, "       "),
  ];
}

function fileLine({ application, path, bytes, file }: DryRunFile, indent: string): Line {
  const origin = shownFile(file);
  return [
    indent,
    { text: "File", style: "dim" },
    ` ${path} of ${application}, ${formatBytes(bytes)}: ${origin}`,
  ];
}

function sizeOf(things: readonly { readonly bytes: number }[]): number {
  return things.reduce((sum, { bytes }) => sum + bytes, 0);
}

function totalLines({ plays }: DryRunReport): Line[] {
  const names = new Set(plays.flatMap(({ hosts }) => Object.keys(hosts)));
  const plans = plays.flatMap(({ hosts }) => Object.values(hosts));
  const sum = (key: keyof DryRunHost["totals"]): number =>
    plans.reduce((total, { totals }) => total + totals[key], 0);
  const all = {
    modules: sum("modules"),
    bytes: sum("bytes"),
    files: sum("files"),
    file_bytes: sum("file_bytes"),
  };
  const steps = plans.flatMap((plan) => plan.steps);
  const problems = countDistinct(plans.flatMap((plan) => plan.problems));
  const warnings = countDistinct(steps.flatMap((step) => step.warnings));
  const unreachable = new Set(
    plays.flatMap(({ hosts }) =>
      Object.entries(hosts).flatMap(([name, { error = null }]) => (error === null ? [] : [name])),
    ),
  );
  const isAll =
    plans.every(({ unknown }) => unknown === undefined) && steps.every(({ fetches }) => fetches !== true);
  return [
    [
      `${formatCount(names.size, "host")}: ${formatTotals(all)}${isAll ? " at most" : ", and what is known only by running"}, `,
      problems === 0 ? "no problems" : { text: formatCount(problems, "problem"), style: "red" },
      ...(unreachable.size === 0
        ? []
        : [", ", { text: `${formatCount(unreachable.size, "host")} unreachable`, style: "red" } as const]),
      ...(warnings === 0 ? [] : [", ", { text: formatCount(warnings, "warning"), style: "yellow" } as const]),
    ],
  ];
}
