import type { HostReport, HostStatus, RunStatus } from "./report.ts";

/** How a run ended as a whole, and the exit code that says so. */
export interface Verdict {
  status: RunStatus;
  exitCode: number;
}

interface EndedPlay {
  readonly hosts: Readonly<Record<string, Pick<HostReport, "status" | "ignored">>>;
}

/** @param cancelledExitCode set if the run was stopped */
export function verdictOf(plays: readonly EndedPlay[], cancelledExitCode: number | undefined): Verdict {
  if (cancelledExitCode !== undefined) return { status: "cancelled", exitCode: cancelledExitCode };
  const statuses = new Set<HostStatus>(
    plays.flatMap(({ hosts }) =>
      Object.values(hosts).flatMap(({ status, ignored }) => (ignored === true ? [] : status)),
    ),
  );
  const failed = statuses.has("failed");
  const unreachable = statuses.has("unreachable");
  if (failed) return { status: "failed", exitCode: unreachable ? 6 : 2 };
  return unreachable ? { status: "unreachable", exitCode: 4 } : { status: "ok", exitCode: 0 };
}
