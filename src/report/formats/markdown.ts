import { foldHosts } from "../host-ranges.ts";
import { interruptedSteps, type InterruptedStep } from "../interrupted-steps.ts";
import { formatBytes, formatCount, formatDuration } from "../quantity.ts";
import { outcomeOfStep, wasCutOff, type StepOutcome } from "../step-outcome.ts";
import {
  failuresIn,
  hostEnds,
  type Failure,
  type WrittenHost,
  type WrittenReport,
} from "../written-report.ts";
import { errorText } from "./error-text.ts";
import { groupFailures, stepOfGroup, type FailureGroup } from "./group-failures.ts";
import { fenced, inline } from "./markdown-words.ts";

const SIGNS: Readonly<Record<WrittenHost["status"], string>> = {
  ok: "✅",
  failed: "❌",
  unreachable: "🔌",
  skipped: "⏭️",
  cancelled: "⏹️",
};

/** So many groups of equal failures are told with all that is known of them. */
const MOST_FAILURES = 20;

/** So many characters of a failure are shown. */
const FAILURE_LIMIT = 4000;

/** Writes a report as Markdown, for a comment or the summary of a CI job: what failed comes before the tables. */
export function markdownText(report: WrittenReport): string {
  const ends = hostEnds(report);
  const counts = (Object.keys(SIGNS) as WrittenHost["status"][]).flatMap((status) => {
    const count = ends.filter((end) => end.status === status).length;
    return count === 0 ? [] : [`${SIGNS[status]} ${count} ${status}`];
  });
  const head = [
    `## fusion-play: ${report.status}`,
    "",
    `${formatCount(ends.length, "host")} in ${formatDuration(report.duration_ms)}: ${counts.join(", ")}`,
    "",
  ];
  return [
    ...head,
    ...failureLines(failuresIn(report)),
    ...interruptedLines(interruptedSteps(report)),
    ...report.plays.flatMap(playLines),
  ].join("\n");
}

function failureLines(failures: readonly Failure[]): string[] {
  if (failures.length === 0) return [];
  const groups = groupFailures(failures);
  const shown = groups.slice(0, MOST_FAILURES);
  const left = groups.length - shown.length;
  return [
    "### Failures",
    "",
    ...shown.flatMap(groupLines),
    ...(left > 0 ? [`… and ${formatCount(left, "other failure")}.`, ""] : []),
  ];
}

function interruptedLines(steps: readonly InterruptedStep[]): string[] {
  if (steps.length === 0) return [];
  const lines = steps.map(
    ({ play, step, hosts }) => `- **${inline(foldHosts(hosts))}**: ${inline(`${play} | ${step}`)}`,
  );
  return ["### Interrupted", "", ...lines, ""];
}

function groupLines(group: FailureGroup): string[] {
  const [first] = group;
  const step = stepOfGroup(group);
  const where = step === undefined ? first.play : `${first.play} | ${step}`;
  const hosts = foldHosts(group.map(({ host }) => host));
  const told = errorText(first.error);
  const cut = told.length > FAILURE_LIMIT ? `${told.slice(0, FAILURE_LIMIT)}…` : told;
  return [`**${inline(hosts)}**: ${inline(where)}`, "", ...fenced(cut), ""];
}

function playLines({ name, hosts }: WrittenReport["plays"][number]): string[] {
  // Hosts that did the same share a row.
  const rows = new Map<string, string[]>();
  for (const [host, end] of Object.entries(hosts)) {
    const row = cellsOf(end).join(" | ");
    rows.set(row, [...(rows.get(row) ?? []), host]);
  }
  return [
    `### ${inline(name)}`,
    "",
    "| hosts | status | ok | changed | failed | skipped | shipped |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ...Array.from(rows, ([row, names]) => `| ${inline(foldHosts(names))} | ${row} |`),
    "",
  ];
}

function cellsOf({ status, ignored, steps, pushed }: WrittenHost): string[] {
  const count = (...wanted: StepOutcome[]): number =>
    steps.filter((step) => wanted.includes(outcomeOfStep(step))).length;
  return [
    `${SIGNS[status]} ${status}${ignored === true ? ", ignored" : ""}`,
    String(count("ok", "ignored", "rescued")),
    String(count("changed")),
    String(count("failed") - steps.filter(wasCutOff).length),
    String(count("skipped")),
    pushed.modules === 0 ? "" : `${formatCount(pushed.modules, "module")}, ${formatBytes(pushed.bytes)}`,
  ];
}
