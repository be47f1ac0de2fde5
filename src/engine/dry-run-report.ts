import type { ErrorCode } from "../error-code.ts";
import type { Effect } from "../playbook/playbook.ts";
import type { ReplacedModule } from "./host-code.ts";
import type { ErrorReport, HostReport, PushedFile, PushedModule, SourcePlace, StepReport } from "./report.ts";

/** What a dry run leaves: `schemas/report.schema.json`. Names are those of the JSON, hence `snake_case`. */
export interface DryRunReport {
  version: 1;
  /** `unreachable`: no problems, but not every host could be asked. */
  status: "ok" | "problems" | "unreachable";
  exit_code: number;
  plays: DryRunPlay[];
}

export interface DryRunPlay extends SourcePlace {
  name: string;
  hosts: Record<string, DryRunHost>;
}

/** What would happen on a host. Hosts with the same plan may share one object. */
export interface DryRunHost {
  /** In order; empty where the steps are a function. */
  steps: DryRunStep[];
  /** Why the steps are not known without running. */
  unknown?: string;
  /** Those of all steps, in order. */
  problems: DryRunProblem[];
  /** Of all steps together that are not delegated; a module that several steps need is shipped once. */
  totals: { modules: number; bytes: number; files: number; file_bytes: number };
  /**
   * What a host with only Erlang would get besides, of Elixir itself; absent where it needs none, or
   * where Elixir is not installed here.
   */
  without_elixir?: { elixir: string; modules: number; bytes: number };
  /** What the host runs, where it was asked; null if it could not be reached. */
  runtime?: HostReport["runtime"];
  /** Why the host could not be asked; null if it could. */
  error?: ErrorReport | null;
}

export interface DryRunStep extends SourcePlace {
  name: string;
  kind: StepReport["kind"];
  /** Whether it is a handler, or below one. */
  handler?: true;
  /** The other host that the step would work on, as the playbook names it: what would be pushed goes there. */
  delegated_to?: string;
  /** What the host would get before the step runs, without what earlier steps shipped. */
  would_push: DryRunModule[];
  /** The same for files of applications. */
  would_push_files: DryRunFile[];
  /** Hosts may fetch modules while the step runs; which ones only a run shows. */
  fetches?: true;
  /** What of the step is not known without running. */
  unknown?: string;
  problems: DryRunProblem[];
  /** What would be missing, and the code that is shipped is prepared for. */
  warnings: DryRunProblem[];
  /** Where code that is shipped calls functions that it chooses at run time. */
  unknown_calls: DryRunUnknownCall[];
  /** What is called of Erlang or Elixir while that is not installed here, so that nothing is known of it. */
  unchecked_calls: DryRunFunction[];
}

export interface DryRunModule extends PushedModule {
  /** Where it was found. */
  file: string;
  /** Effects that it may come to: its own, and those of the modules that it needs. */
  effects: readonly Effect[];
  own_effects: readonly DryRunEffect[];
  /** What the host has in its place, where it was asked; null if nothing. */
  replaces?: ReplacedModule | null;
}

/** An effect that a module has by itself. */
export interface DryRunEffect {
  effect: Effect;
  /** The function that has it, as far as it is known; null of one that runs when the module is loaded. */
  called: DryRunFunction<null> | null;
  callers: DryRunCaller[];
}

export interface DryRunFile extends PushedFile {
  /** Where it is on this machine. */
  file: string;
}

export interface DryRunProblem {
  code: ErrorCode;
  message: string;
  /** The function that would be missing, where code that is shipped calls it. */
  called?: DryRunFunction;
  /** The functions of one module that call it. */
  callers?: DryRunCaller[];
}

/** A function; null is what is not known of it. */
export interface DryRunFunction<Unknown = never> {
  module: string | Unknown;
  function: string | Unknown;
  arity: number | Unknown;
}

/** A function whose code holds a call, and where the first one stands, as far as the compiled file tells. */
export interface DryRunCaller extends DryRunFunction {
  file: string | null;
  line: number | null;
}

/** Calls of a module to functions that it chooses at run time. */
export interface DryRunUnknownCall {
  module: string;
  /** What is known of the function. */
  called: DryRunFunction<null>;
  /** Empty where the code is newer than can be read, so that any may call anything. */
  callers: DryRunCaller[];
}
