import type { ErrorCode } from "../errors.ts";
import type { PushedModule, StepReport } from "./report.ts";

/** What a dry run leaves: `schemas/report.schema.json`. Names are those of the JSON, hence `snake_case`. */
export interface DryRunReport {
  version: 1;
  status: "ok" | "problems";
  exit_code: number;
  plays: DryRunPlay[];
}

export interface DryRunPlay {
  name: string;
  hosts: Record<string, DryRunHost>;
}

/** What would happen on a host. Hosts with the same plan may share one object. */
export interface DryRunHost {
  /** In order; empty where the steps are a function. */
  steps: DryRunStep[];
  /** Why the steps are not known without running. */
  unknown?: string;
  /** Of the play as a whole, such as a module path that is not there; problems of a step stand there. */
  problems: DryRunProblem[];
  /** Of all steps together; a module that several steps need is shipped once. */
  totals: { modules: number; bytes: number };
}

export interface DryRunStep {
  name: string;
  kind: StepReport["kind"];
  /** What the host would get before the step runs, without what earlier steps shipped. */
  would_push: DryRunModule[];
  /** What of the step is not known without running. */
  unknown?: string;
  problems: DryRunProblem[];
}

export interface DryRunModule extends PushedModule {
  /** Where it was found. */
  file: string;
}

export interface DryRunProblem {
  code: ErrorCode;
  message: string;
}
