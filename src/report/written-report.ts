import type {
  ErrorReport,
  HostReport,
  HostStatus,
  ItemReport,
  PushedModule,
  Report,
  SourcePlace,
  StepReport,
} from "../engine/report.ts";
import { sourcePlace } from "../engine/source-place.ts";
import { reportToJson, type WantedTerms } from "./report-json.ts";
import { wasCutOff } from "./step-outcome.ts";

/** The report of a run as `--report json=<file>` writes it, as far as other formats are made of it. */
export interface WrittenReport extends Pick<
  Report,
  "version" | "status" | "exit_code" | "started_at" | "duration_ms" | "shard"
> {
  readonly plays: readonly WrittenPlay[];
}

export interface WrittenPlay extends SourcePlace {
  readonly name: string;
  readonly hosts: Readonly<Record<string, WrittenHost>>;
}

export interface WrittenHost extends Pick<
  HostReport,
  "status" | "ignored" | "reconnected" | "error" | "phases" | "runtime" | "pushed"
> {
  /** Absent in reports of old. */
  readonly transport?: HostReport["transport"];
  readonly steps: readonly WrittenStep[];
  readonly fetched?: readonly WrittenModule[];
  /** As JSON. */
  readonly facts?: unknown;
}

export interface WrittenStep extends Omit<StepReport, "result" | "items" | "pushed" | "diff" | "language"> {
  /** As JSON; null where that is not wanted. */
  readonly result: unknown;
  /** As its language prints it, up to a limit; absent where there is no result, and in reports of old. */
  readonly printed?: string;
  readonly items: readonly WrittenItem[] | null;
  readonly pushed: readonly WrittenModule[];
  /** As JSON. */
  readonly diff?: unknown;
}

export interface WrittenItem extends Omit<ItemReport, "result" | "diff"> {
  /** As of steps. */
  readonly printed?: string;
  /** As JSON. */
  readonly diff?: unknown;
}

/** A module that was shipped, with its reason in words. */
export interface WrittenModule extends Omit<PushedModule, "reason"> {
  readonly reason: string | null;
}

/** Gives the report of a run as other formats are made of it, with what they need of its terms. */
export function writtenReport(report: Report, terms?: WantedTerms): WrittenReport {
  return reportToJson(report, terms) as unknown as WrittenReport;
}

/** How a host ended in all plays of a run. */
export interface HostEnd {
  readonly host: string;
  /** The worst of its plays; skipped only where all of them skipped it. */
  readonly status: HostStatus;
}

const WORST_FIRST = ["failed", "unreachable", "cancelled", "ok"] as const;

/** How each host ended, in the order in which they come up. */
export function hostEnds({ plays }: WrittenReport): HostEnd[] {
  const statuses = new Map<string, Set<HostStatus>>();
  for (const [host, { status, ignored }] of plays.flatMap(({ hosts }) => Object.entries(hosts))) {
    const known = statuses.get(host) ?? new Set();
    statuses.set(host, known.add(ignored === true ? "ok" : status));
  }
  return Array.from(statuses, ([host, known]) => ({
    host,
    status: WORST_FIRST.find((status) => known.has(status)) ?? "skipped",
  }));
}

/** What went wrong somewhere, with all that is known of it. */
export interface Failure {
  readonly play: string;
  /** Where the step stands, or the play; absent where that is not known. */
  readonly place: SourcePlace;
  readonly host: string;
  /** Undefined where the host failed outside of its steps. */
  readonly step: WrittenStep | undefined;
  readonly error: ErrorReport;
}

/**
 * What went wrong and counts: neither ignored nor rescued, nor on a host that may be unreachable, nor cut off when the
 * run was stopped.
 */
export function failuresIn({ plays }: WrittenReport): Failure[] {
  return plays.flatMap(({ name: play, hosts, ...own }) =>
    Object.entries(hosts).flatMap(([host, { steps, error, ignored, status }]) => [
      ...(error === null || ignored === true || status === "cancelled"
        ? []
        : [{ play, place: sourcePlace(own), host, step: undefined, error }]),
      ...steps.flatMap((step) =>
        isFailure(step) && ignored !== true
          ? [{ play, place: sourcePlace(step), host, step, error: step.error }]
          : [],
      ),
    ]),
  );
}

function isFailure(step: WrittenStep): step is WrittenStep & { error: ErrorReport } {
  return step.status === "failed" && !step.rescued && step.error !== null && !wasCutOff(step);
}
