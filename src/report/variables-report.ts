import type { Json } from "../etf/json.ts";

/** What `fusion-play vars --json` writes. `schemas/variables.schema.json` describes it. */
export interface VariablesReport {
  readonly version: 1;
  readonly host: string;
  /** One for each play that has the host; without a playbook one that has no name. */
  readonly plays: readonly PlayVariablesReport[];
}

export interface PlayVariablesReport {
  readonly name: string | null;
  /** Sorted by name. */
  readonly variables: readonly ReportedVariable[];
}

export interface ReportedVariable {
  readonly name: string;
  /** All that give it, the winner first; what steps give to themselves stands at the end. */
  readonly given: readonly ReportedSource[];
}

/** The levels of variables, lowest to highest. */
export type VariableLevel = "group" | "host" | "play" | "step" | "extra";

/** One place that gives a variable. */
export interface ReportedSource {
  readonly level: VariableLevel;
  /** The group, the host, the key of the play or the name of the step; null on the command line. */
  readonly by: string | null;
  /** `secret` values are not shown, `unknown` ones depend on what a run finds. */
  readonly state: "known" | "secret" | "unknown";
  /** Null unless the value is known. */
  readonly value: Json;
  readonly file: string;
  /** Null where a program, a module or the command line gives it. */
  readonly line: number | null;
}
