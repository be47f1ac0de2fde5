import type { ErrorReport, HostReport, Report, StepReport } from "../engine/report.ts";
import { changeSpan } from "./change-span.ts";
import { chosenFrames, ownModules } from "./chosen-frames.ts";
import { hintLines } from "./failure-lines.ts";
import type { FormattedSpan, Line } from "./line.ts";
import { placeLine } from "./place-line.ts";
import { textLines } from "./printable.ts";
import { formatCount } from "./quantity.ts";
import { resultChanges } from "./result-changes.ts";
import { shorten } from "./shorten.ts";
import { headingWith, stepIdentity } from "./step-heading.ts";
import { withoutHost } from "./without-host.ts";
import { withoutIdentities } from "./without-identities.ts";

/** How many failures are listed, by how often `-v` was given. */
const MOST_GROUPS = [15, 100] as const;

/** How many lines of a message are repeated. */
const MESSAGE_LINES = 5;

/** How many characters of a message are repeated. */
const MESSAGE_LIMIT = 1000;

/** How many calls of a stack trace are repeated. */
const FRAMES = 5;

/** How many lines tell what an assertion met in place of what it expected. */
const CHANGES = 8;

export interface FailureGroupsOptions {
  /** Columns that hosts are folded for. */
  readonly width: number;
  /** How often `-v` was given: each time, more failures are listed. */
  readonly verbosity: number;
}

interface Failure {
  readonly hosts: string[];
  /** Of the first of the hosts. */
  readonly report: HostReport;
  readonly play: string;
  /** What the step is called on these hosts; null for a failure outside of steps. */
  step: string | null;
  /** `<host>` and `…` stand in its message for names of hosts and the like, where messages differ in nothing else. */
  error: ErrorReport;
  /** Whether those of the other hosts differ in numbers. */
  readonly isSample: boolean;
}

/**
 * Lists what made hosts fail or unreachable, but for those that do not count as such. Hosts on which the same went wrong share an entry; where that leaves too
 * many, those as well whose messages differ in numbers only.
 */
export function failureGroups(report: Report, { width, verbosity }: FailureGroupsOptions): Line[] {
  const most = MOST_GROUPS[verbosity] ?? Infinity;
  const all = [...failures(report)];
  const exact = grouped(all, (message) => message, false);
  const groups = exact.length > most ? grouped(all, withoutNumbers, true) : exact;
  const left = groups.slice(most);
  const hosts = new Set(left.flatMap((group) => group.hosts)).size;
  const more = `  … and ${formatCount(left.length, "more failure")}, on ${formatCount(hosts, "host")}`;
  return [
    ...groups.slice(0, most).flatMap((group) => groupLines(group, width)),
    ...(left.length === 0 ? [] : [[{ text: more, style: "dim", most: width } as const]]),
  ];
}

interface SingleFailure extends Pick<Failure, "play" | "error" | "report"> {
  readonly host: string;
  readonly step: StepReport | null;
}

function* failures(report: Report): Generator<SingleFailure> {
  for (const { name: play, hosts } of report.plays) {
    for (const [host, hostReport] of Object.entries(hosts)) {
      const { status, ignored, error, steps } = hostReport;
      if ((status !== "failed" && status !== "unreachable") || ignored === true) continue;
      if (error !== null) yield { host, play, step: null, error, report: hostReport };
      for (const step of steps) {
        if (step.status === "failed" && !step.rescued && step.error !== null) {
          yield { host, play, step, error: step.error, report: hostReport };
        }
      }
    }
  }
}

function grouped(
  all: readonly SingleFailure[],
  shapeOf: (message: string) => string,
  isSample: boolean,
): Failure[] {
  const groups = new Map<string, Failure>();
  for (const { host, step, ...failure } of all) {
    const { play, error } = failure;
    const message = withoutIdentities(withoutHost(error.message, host));
    const met = isSample ? [] : [error.expected, error.actual];
    const identity = step === null ? null : stepIdentity(step);
    const key = JSON.stringify([play, identity, error.code, shapeOf(message), error.hint, met]);
    const group = groups.get(key);
    const heading = step === null ? null : headingWith(group?.step ?? undefined, step);
    if (group === undefined) groups.set(key, { ...failure, step: heading, hosts: [host], isSample });
    else {
      group.hosts.push(host);
      group.step = heading;
      if (!isSample && group.error.message !== error.message) group.error = { ...error, message };
    }
  }
  return [...groups.values()];
}

function withoutNumbers(message: string): string {
  return message.replace(/\d+/g, "0");
}

function groupLines({ hosts, report, play, step, error, isSample }: Failure, width: number): Line[] {
  const place = step === null ? play : `${play} | ${step}`;
  const sample = isSample && hosts.length > 1 ? `, such as ${hosts[0] ?? ""}` : "";
  const [first = "", ...rest] = textLines(shorten(error.message, MESSAGE_LIMIT));
  const shown = rest.slice(0, MESSAGE_LINES - 1);
  if (shown.length < rest.length) shown.push("…");
  return [
    placeLine(hosts, `${place}${sample}`, { style: "red", width }),
    [`    ${error.code}: ${first}`],
    ...shown.map((line): Line => [`      ${line}`]),
    ...metLines(error, width).map((line): Line => ["      ", line]),
    ...frameLines(error, report).map((line): Line => ["      ", line]),
    ...hintLines(error).map((line): Line => ["    ", ...line]),
  ];
}

/** What an assertion met, as a diff where that tells more than both. */
function metLines({ expected, actual }: ErrorReport, width: number): FormattedSpan[] {
  if (expected === undefined || actual === undefined) return [];
  // A condition that did not hold.
  if (expected === "true" && actual === "false") return [];
  const [before, after] = [expected, actual].map((printed) => [{ label: null, printed }]);
  const changes = resultChanges(before ?? [], after ?? [], width - 8);
  const room = { most: Math.max(20, width - 6) };
  if (changes === undefined)
    return [
      { text: `Expected: ${textLines(expected)[0] ?? ""}`, ...room },
      { text: `Actual: ${textLines(actual)[0] ?? ""}`, ...room },
    ];
  const left = changes.length - CHANGES;
  return [
    ...changes.slice(0, CHANGES).map((change) => ({ ...changeSpan(change), ...room })),
    ...(left > 0 ? [dim(`… and ${formatCount(left, "more line")}`)] : []),
  ];
}

function frameLines({ stacktrace = [] }: ErrorReport, report: HostReport): FormattedSpan[] {
  const frames = chosenFrames(stacktrace, ownModules(report), FRAMES);
  const left = stacktrace.length - frames.length;
  return [
    ...frames.map((frame) => dim(`at ${textLines(frame)[0] ?? ""}`)),
    ...(left > 0 ? [dim(`… and ${formatCount(left, "more call")}`)] : []),
  ];
}

function dim(text: string): FormattedSpan {
  return { text, style: "dim" };
}
