import type { HostReport, Report, StepReport } from "../engine/report.ts";
import { termToJson } from "../etf/json.ts";

/** An object that `JSON.stringify` can write. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Gives the report as `schemas/report.schema.json` describes it: terms as JSON, and only what stands there. */
export function reportToJson({
  plays,
  version,
  status,
  exit_code,
  started_at,
  duration_ms,
}: Report): JsonObject {
  return {
    version,
    status,
    exit_code,
    started_at,
    duration_ms,
    plays: plays.map(({ name, hosts }) => ({
      name,
      hosts: Object.fromEntries(Object.entries(hosts).map(([host, report]) => [host, hostToJson(report)])),
    })),
  };
}

function hostToJson({ status, error, runtime, pushed, steps }: HostReport): JsonObject {
  return { status, error, runtime, pushed, steps: steps.map(stepToJson) };
}

/** Gives a step as it stands in the report. */
export function stepToJson({ language, result, ...rest }: StepReport): JsonObject {
  return { ...rest, result: result === null ? null : termToJson(result, language) };
}
