import type { DryRunProblem, DryRunReport } from "../../engine/dry-run-report.ts";
import type { SourcePlace } from "../../engine/report.ts";
import { sourcePlace } from "../../engine/source-place.ts";

/** Something that a dry run found on a host. */
export interface PlacedProblem extends Pick<DryRunProblem, "code" | "message"> {
  readonly severity: "error" | "warning";
  readonly play: string;
  /** Where the step stands, or the play; absent where that is not known. */
  readonly place: SourcePlace;
  /** Undefined of a host that could not be asked. */
  readonly step: string | undefined;
  readonly host: string;
}

/** What a dry run found, in the order of plays, hosts and steps. */
export function placedProblems({ plays }: DryRunReport): PlacedProblem[] {
  return plays.flatMap(({ name: play, hosts, ...own }) =>
    Object.entries(hosts).flatMap(([host, { error = null, steps }]) => {
      const of = { play, place: sourcePlace(own), step: undefined, host };
      return [
        ...placed(error === null ? [] : [error], "error", of),
        ...steps.flatMap((step) => {
          const ofStep = { ...of, place: sourcePlace(step), step: step.name };
          return [...placed(step.problems, "error", ofStep), ...placed(step.warnings, "warning", ofStep)];
        }),
      ];
    }),
  );
}

function placed(
  problems: readonly Pick<PlacedProblem, "code" | "message">[],
  severity: PlacedProblem["severity"],
  of: Pick<PlacedProblem, "play" | "place" | "step" | "host">,
): PlacedProblem[] {
  return problems.map(({ code, message }) => ({ ...of, severity, code, message }));
}
