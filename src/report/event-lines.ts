import type { RunEvent } from "../engine/run-event.ts";
import type { ItemReport, StepReport } from "../engine/report.ts";
import { diffLines } from "./diff-lines.ts";
import { failureLines } from "./failure-lines.ts";
import type { Line, Span } from "./line.ts";
import { OutputLines } from "./output-lines.ts";
import { textLines } from "./printable.ts";
import { pushedText } from "./pushed-text.ts";
import { formatBytes, formatCount, formatDuration } from "./quantity.ts";
import { resultLines } from "./result-lines.ts";
import { shorten } from "./shorten.ts";
import { ShownDetails } from "./shown-details.ts";
import { wrapLine } from "./wrap-line.ts";
import { type HostOutcome, statusSpan } from "./status-style.ts";
import { stepIdentity } from "./step-heading.ts";
import { outcomeOfStep, wasCutOff, type StepOutcome } from "./step-outcome.ts";

/** Width of the widest status, and a space. */
const STATUS_WIDTH = 12;
const INDENT: string = " ".repeat(STATUS_WIDTH);

/** How much of a failed step's output is shown where outputs are not shown live. */
const OUTPUT_TAIL = 20;
const OUTPUT_LINE_LIMIT = 1000;

export interface EventLinesOptions {
  /** How often `-v` was given: 1 shows outputs and results, 2 results in full. */
  readonly verbosity: number;
  /** Shows what failed only, in one line what failed before on another host; `-v` shows everything nevertheless. */
  readonly failuresOnly: boolean;
  /** Shows what steps would change, with what failed. @default false */
  readonly diff?: boolean;
  /** Columns that what failed is broken for, between words. @default it is not broken */
  readonly columns?: () => number | undefined;
}

type Of<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

/** Writes what happens on the hosts as lines that stay: one for each finished step and host. */
export class EventLines {
  readonly #outputs = new OutputLines();
  readonly #verbose: boolean;
  readonly #failuresOnly: boolean;
  readonly #resultLimit: number | undefined;
  readonly #diff: boolean;
  readonly #shown = new ShownDetails();
  readonly #columns: () => number | undefined;

  constructor({ verbosity, failuresOnly, diff = false, columns = () => undefined }: EventLinesOptions) {
    this.#diff = diff;
    this.#columns = columns;
    this.#verbose = verbosity > 0;
    this.#failuresOnly = failuresOnly && !this.#verbose;
    this.#resultLimit = verbosity > 1 ? Number.POSITIVE_INFINITY : undefined;
  }

  /** Gives the lines that `event` adds, often none. */
  add(event: RunEvent): Line[] {
    switch (event.type) {
      case "play_started":
        return this.#failuresOnly ? [] : [playLine(event)];
      case "step_output":
        return this.#outputLines(event);
      case "step_finished":
        return this.#stepLines(event);
      case "host_finished":
        return this.#hostLines(event);
      case "host_connected":
        return this.#verbose ? [connectedLine(event)] : [];
      case "host_reconnecting":
        return [connectionLine("lost", event, event.reason)];
      case "host_reconnected":
        return [connectionLine("back", event, `after ${formatDuration(event.away_ms)}`)];
      case "run_stopping":
        return [stoppingLine(event)];
      case "step_retried":
        return this.#verbose ? [retriedLine(event)] : [];
      case "run_started":
      case "host_connecting":
      case "step_started":
      case "module_pushed":
      case "file_pushed":
      case "run_finished":
        return [];
    }
  }

  #outputLines({ host, step, text }: Of<"step_output">): Line[] {
    if (!this.#verbose) return [];
    return attributed(host, step, this.#outputs.add(sourceOf(host, step), text));
  }

  #stepLines({ host, step, status, report }: Of<"step_finished">): Line[] {
    const unfinished = attributed(host, step, this.#outputs.finish(sourceOf(host, step)));
    // Ctrl-C at hundreds of hosts would bury the failures that mattered.
    const outcome = outcomeOfStep(report);
    const isFailure = outcome === "failed" && !wasCutOff(report);
    const diffs = this.#diffLines(report);
    if (this.#failuresOnly && !isFailure && diffs.length === 0) return unfinished;
    const head: Line = [
      ...statusColumn(outcome),
      `${host} | ${step}`,
      { text: stepDetails(report), style: "dim" },
    ];
    const details = [...diffs];
    if (!this.#verbose && status === "failed") details.push(...outputTail(report.output));
    return [
      ...unfinished,
      ...this.#withDetails(head, details, { host, what: stepIdentity(report), error: report.error }),
      ...(this.#verbose ? this.#resultLines(report) : []),
    ];
  }

  /** Where failures only are shown, what was told of another host is not told again. */
  #withDetails(
    head: Line,
    details: readonly Line[],
    { host, what, error }: { host: string; what: string; error: StepReport["error"] },
  ): Line[] {
    const why = error === null ? [] : failureLines(error);
    const isLong = this.#failuresOnly && why.length + details.length > 1;
    const before = isLong ? this.#shown.toldOf(host, [[what], ...why, ...details]) : undefined;
    if (before !== undefined) return [[...head, `: as on ${before}`]];
    const columns = this.#columns();
    const broken =
      columns === undefined ? why : why.flatMap((line) => wrapLine(line, columns - INDENT.length));
    return [head, ...indented([...broken, ...details])];
  }

  #resultLines({
    items,
    result,
    language,
    status,
  }: Pick<StepReport, "items" | "result" | "language" | "status">): Line[] {
    if (items !== null) return items.flatMap((item) => this.#itemLines(item, language));
    if (result === null || status === "skipped") return [];
    const limit = this.#resultLimit;
    const lines = resultLines(result, limit === undefined ? { language } : { language, limit });
    return indented(lines.map((line, index) => [index === 0 ? `Result: ${line}` : `  ${line}`]));
  }

  /** What the step would change, item by item in a loop. */
  #diffLines({ diff, items, language }: StepReport): Line[] {
    if (!this.#diff) return [];
    const own = diff === undefined ? [] : diffLines(diff, language).map((line): Line => [line]);
    const inner = (items ?? []).flatMap(({ label, diff: its }): Line[] =>
      its === undefined
        ? []
        : [
            [`Item ${textLines(label)[0] ?? ""}:`],
            ...indented(diffLines(its, language).map((line): Line => [line])),
          ],
    );
    return [...own, ...inner];
  }

  #itemLines({ label, status, result, error }: ItemReport, language: StepReport["language"]): Line[] {
    const why = error === null ? "" : `, ${error.code}: ${textLines(error.message)[0] ?? ""}`;
    const name = `Item ${textLines(label)[0] ?? ""}: ${status}${why}`;
    const report = { items: null, result, language, status };
    return [...indented([[name]]), ...indented(this.#resultLines(report))];
  }

  #hostLines({ host, status, report }: Of<"host_finished">): Line[] {
    const unfinished = attributed(host, null, this.#outputs.finish(sourceOf(host, null)));
    // A failed step was shown already; what is left are failures outside of steps.
    if (this.#failuresOnly && (report.error === null || status === "cancelled")) return unfinished;
    const outcome =
      report.steps.length === 0 ? status : `${status} after ${formatCount(report.steps.length, "step")}`;
    const changed = status === "ok" && report.steps.some((step) => step.status === "changed");
    const shown: HostOutcome = changed ? "changed" : status;
    const head: Line = [...statusColumn(shown), `${host} | `, { text: `host ${outcome}`, style: "bold" }];
    // Why it was cancelled is the same for all hosts, and known to whoever stopped the run.
    const error = status === "cancelled" ? null : report.error;
    return [...unfinished, ...this.#withDetails(head, [], { host, what: outcome, error })];
  }
}

function playLine({ play, hosts }: Of<"play_started">): Line {
  return [{ text: `PLAY ${play}`, style: "bold" }, ` (${formatCount(hosts.length, "host")})`];
}

function connectedLine({ host, otp, elixir, transport, reused }: Of<"host_connected">): Line {
  const runtime = elixir === null ? `OTP ${otp}` : `OTP ${otp}, Elixir ${elixir}`;
  const over = transport === "stdio" ? ", over stdio" : reused === true ? ", held session" : "";
  return [{ text: "connected".padEnd(STATUS_WIDTH), style: "dim" }, `${host} | ${runtime}${over}`];
}

/** What becomes of a connection is told whatever else is, as it is all that happens for a while. */
function connectionLine(word: string, { host }: { host: string }, text: string): Line {
  return [{ text: word.padEnd(STATUS_WIDTH), style: "dim" }, `${host} | ${textLines(text)[0] ?? ""}`];
}

/** Whoever takes the wait for a run that hangs would stop it again, and keep these steps from being done. */
function stoppingLine({ always_ms }: Of<"run_stopping">): Line {
  const seconds = Math.ceil(always_ms / 1000);
  return [
    { text: "stopping".padEnd(STATUS_WIDTH), style: "magenta" },
    `steps below always are done, for up to ${seconds} s; a second Ctrl-C leaves them out`,
  ];
}

function retriedLine({ host, step, attempt }: Of<"step_retried">): Line {
  return [{ text: "retry".padEnd(STATUS_WIDTH), style: "dim" }, `${host} | ${step} | attempt ${attempt}`];
}

function statusColumn(status: HostOutcome | StepOutcome): Span[] {
  return [statusSpan(status), " ".repeat(STATUS_WIDTH - status.length)];
}

function stepDetails(report: StepReport): string {
  const { items, duration_ms, attempts, pushed, pushed_files, status, would_run, handler } = report;
  const { ran_on, delegated_to, resumed } = report;
  if (status === "skipped") return would_run === true ? " (would run)" : "";
  const details = [formatDuration(duration_ms)];
  if (handler === true) details.unshift("handler");
  if (resumed === true) details.push("before");
  if (ran_on !== undefined) details.push(`ran on ${ran_on}`);
  if (delegated_to !== undefined) details.push(`on ${delegated_to}`);
  if (items !== null) details.push(formatCount(items.length, "item"));
  if (attempts > 1) details.push(formatCount(attempts, "attempt"));
  if (pushed.length > 0) details.push(`pushed ${pushedText(pushed)}`);
  if (pushed_files.length > 0) {
    const bytes = pushed_files.reduce((sum, file) => sum + file.bytes, 0);
    details.push(`pushed ${formatCount(pushed_files.length, "file")}, ${formatBytes(bytes)}`);
  }
  return ` (${details.join(", ")})`;
}

function outputTail(output: string): Line[] {
  const lines = textLines(output);
  if (lines.length === 0) return [];
  const left = lines.length - OUTPUT_TAIL;
  const title = left > 0 ? `Output (last ${OUTPUT_TAIL} of ${lines.length} lines):` : "Output:";
  return [
    [title],
    ...lines.slice(-OUTPUT_TAIL).map((line): Line => [`  | ${shorten(line, OUTPUT_LINE_LIMIT)}`]),
  ];
}

/** Lines that a host printed: by a step, or by the BEAM itself where `step` is null. */
function attributed(host: string, step: string | null, lines: readonly string[]): Line[] {
  return lines.map((line) => [{ text: `${host} | ${step ?? "(node)"} | `, style: "dim" }, line]);
}

function indented(lines: readonly Line[]): Line[] {
  return lines.map((line) => [INDENT, ...line]);
}

function sourceOf(host: string, step: string | null): string {
  return step === null ? host : `${host}\0${step}`;
}
