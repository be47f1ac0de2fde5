import type { HostReport, Report } from "../engine/report.ts";
import type { HostOutcome } from "./status-style.ts";
import { NO_STEPS, outcomeOfStep, wasCutOff, type StepOutcome } from "./step-outcome.ts";

/** What a host did in all plays together. */
export interface HostTotals {
  readonly host: string;
  readonly outcome: HostOutcome;
  readonly steps: Readonly<Record<StepOutcome, number>>;
  readonly unreachable: number;
  readonly modules: number;
  readonly bytes: number;
  /** Files of applications, besides modules. */
  readonly files: number;
  readonly fileBytes: number;
  /** Time that its steps took. */
  readonly ms: number;
}

/** Adds up what each host did, in the order in which the hosts first came. */
export function hostTotals(report: Report): HostTotals[] {
  const reports = new Map<string, HostReport[]>();
  for (const play of report.plays) {
    for (const [host, hostReport] of Object.entries(play.hosts)) {
      const known = reports.get(host);
      if (known === undefined) reports.set(host, [hostReport]);
      else known.push(hostReport);
    }
  }
  return [...reports].map(([host, ofHost]) => totalsOf(host, ofHost));
}

function totalsOf(host: string, reports: readonly HostReport[]): HostTotals {
  const steps = { ...NO_STEPS };
  let ms = 0;
  for (const step of reports.flatMap((report) => report.steps)) {
    if (!wasCutOff(step)) steps[outcomeOfStep(step)] += 1;
    ms += step.duration_ms;
  }
  return {
    host,
    outcome: outcomeOf(reports, steps.changed > 0),
    steps,
    unreachable: reports.filter(({ status }) => status === "unreachable").length,
    modules: reports.reduce((sum, { pushed }) => sum + pushed.modules, 0),
    bytes: reports.reduce((sum, { pushed }) => sum + pushed.bytes, 0),
    files: reports.reduce((sum, { pushed }) => sum + pushed.files, 0),
    fileBytes: reports.reduce((sum, { pushed }) => sum + pushed.file_bytes, 0),
    ms,
  };
}

/** The worst of all plays counts; a host is skipped only if all of them skipped it. */
function outcomeOf(reports: readonly HostReport[], changed: boolean): HostOutcome {
  const statuses = new Set(reports.map(({ status }) => status));
  for (const status of ["failed", "unreachable", "cancelled"] as const) {
    if (statuses.has(status)) return status;
  }
  if (!statuses.has("ok")) return "skipped";
  return changed ? "changed" : "ok";
}
