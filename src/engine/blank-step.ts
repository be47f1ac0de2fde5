import type { StepReport } from "./report.ts";

/** The report of a step of which nothing is known but what it is, for what is known to be put over it. */
export function blankStep({ name, kind }: Pick<StepReport, "name" | "kind">): StepReport {
  return {
    name,
    kind,
    status: "ok",
    rescued: false,
    duration_ms: 0,
    attempts: 1,
    items: null,
    result: null,
    output: "",
    pushed: [],
    pushed_files: [],
    error: null,
    language: "elixir",
  };
}
