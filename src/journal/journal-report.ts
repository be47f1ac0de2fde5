import { blankStep } from "../engine/blank-step.ts";
import { verdictOf } from "../engine/exit-code.ts";
import type { ErrorReport, HostReport, PlayReport, Report, StepReport } from "../engine/report.ts";
import type { BegunStep, ToldHost, ToldRun } from "./told-run.ts";

/** What the program exits with where it is killed: 128 and the number of SIGKILL. */
const KILLED_EXIT_CODE = 137;

const KILLED: ErrorReport = {
  code: "CANCELLED",
  message: "Cannot tell more: the run was killed here, or its machine went down",
  hint: "Go on with --resume",
};

const UNKNOWN: ErrorReport = {
  code: "OUTCOME_UNKNOWN",
  message: "Cannot tell whether the step was done: the run was killed while it was under way",
  hint: "Look at the host; --resume does the step again",
};

/** The report of a run that its journal gives: of one that was killed, up to that point. */
export function journalReport(run: ToldRun): Report {
  const { end, startedAt, shard } = run;
  const plays = run.plays.map(({ name, place, hosts }): PlayReport => ({
    name,
    ...place,
    hosts: Object.fromEntries(Array.from(hosts, ([host, told]) => [host, hostReport(told, run)])),
  }));
  const { status, exitCode } = end ?? verdictOf(plays, KILLED_EXIT_CODE);
  return {
    version: 1,
    status,
    exit_code: exitCode,
    started_at: startedAt,
    duration_ms: Math.max(0, Date.parse(run.lastAt) - Date.parse(startedAt)),
    ...(shard === undefined ? {} : { shard }),
    plays,
  };
}

function hostReport({ runtime, transport, steps, underWay, end }: ToldHost, run: ToldRun): HostReport {
  const ended = steps.map(({ report }) => report);
  if (end !== undefined) return { ...end.report, steps: ended };
  const isBegun = runtime !== null || ended.length > 0;
  const isCut = isBegun && run.end === undefined;
  return {
    status: isCut ? "cancelled" : "skipped",
    error: isCut ? KILLED : null,
    runtime,
    transport,
    pushed: pushedBy(ended),
    steps: [...ended, ...underWay.map(cutStep)],
  };
}

/** What the steps that ended have sent; what the host had already is told when it ends. */
function pushedBy(steps: readonly StepReport[]): HostReport["pushed"] {
  const modules = steps.flatMap(({ pushed }) => pushed);
  const files = steps.flatMap(({ pushed_files }) => pushed_files);
  return {
    modules: modules.length,
    bytes: bytesOf(modules),
    skipped: 0,
    files: files.length,
    file_bytes: bytesOf(files),
  };
}

function bytesOf(sent: readonly { readonly bytes: number }[]): number {
  return sent.reduce((sum, { bytes }) => sum + bytes, 0);
}

function cutStep({ name, kind, ...known }: BegunStep): StepReport {
  return { ...blankStep({ name, kind }), status: "failed", error: UNKNOWN, ...known };
}
