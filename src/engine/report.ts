import type { ErrorCode } from "../errors.ts";
import type { Term } from "../etf/term.ts";
import type { Step } from "../playbook/playbook.ts";
import type { NeedReason } from "./module-source.ts";

/** What a run leaves: `schemas/report.schema.json`. Names are those of the JSON, hence `snake_case`. */
export interface Report {
  version: 1;
  status: RunStatus;
  exit_code: number;
  started_at: string;
  duration_ms: number;
  plays: PlayReport[];
}

export type RunStatus = "ok" | "failed" | "unreachable" | "cancelled";

export interface PlayReport {
  name: string;
  hosts: Record<string, HostReport>;
}

export interface HostReport {
  status: HostStatus;
  /** Why the host was unreachable or failed outside of a step. */
  error: ErrorReport | null;
  runtime: { otp: string; elixir: string | null } | null;
  /**
   * What was sent to the host, and what it fetched. `skipped` are modules that the host had; `files` those
   * of applications, besides modules.
   */
  pushed: { modules: number; bytes: number; skipped: number; files: number; file_bytes: number };
  /** What the host fetched while none of its steps was under way. */
  fetched?: PushedModule[];
  /** What the host told about itself in this play: a map. */
  facts?: Term;
  steps: StepReport[];
}

export type HostStatus = "ok" | "failed" | "unreachable" | "skipped" | "cancelled";

export interface StepReport {
  name: string;
  kind: Step["kind"];
  status: "ok" | "changed" | "failed" | "skipped" | "ignored";
  /** Whether it failed and `rescue` of a block around it takes over, so that the host goes on. */
  rescued: boolean;
  duration_ms: number;
  attempts: number;
  /** Of a step with a loop, in the order of the items; null of any other. */
  items: ItemReport[] | null;
  /** The term that the step gave, null of one with a loop; reporters print it or turn it into JSON. */
  result: Term | null;
  /** What the step printed, up to a limit. */
  output: string;
  pushed: PushedModule[];
  /** Files of applications that were sent. */
  pushed_files: PushedFile[];
  error: ErrorReport | null;
  /** Whether it was left out since nothing is to be changed, in a run that only checks. */
  would_run?: true;
  /** What the step would change, as its function told, in a run that only checks. */
  diff?: Term;
  /** How terms of this step are written: as its call was. */
  language: "elixir" | "erlang";
}

/** What became of one item of a loop. */
export interface ItemReport {
  /** What the item is called. */
  label: string;
  status: StepReport["status"];
  attempts: number;
  result: Term | null;
  error: ErrorReport | null;
  /** As of steps. */
  would_run?: true;
  diff?: Term;
}

export interface PushedFile {
  application: string;
  /** Below the folder of the application: `priv/my_nif.so`. */
  path: string;
  bytes: number;
  sha256: string;
}

export interface PushedModule {
  module: string;
  /** Of the file as it is shipped, without debug information. */
  bytes: number;
  md5: string;
  /** The module that needs it; null if the step asks for it by name. */
  needed_by: string | null;
  /** Why that one needs it; reporters put it into words. */
  reason: NeedReason | null;
  /** Version of the Elixir that it is a module of, where the host has only Erlang. */
  elixir: string | null;
  /** The host fetched it when code there first called it. */
  on_demand?: true;
}

export interface ErrorReport {
  code: ErrorCode;
  message: string;
  hint: string | null;
  /** Class of the exception on the host: `throw`, `exit` or `error`. */
  class?: string;
  /** Reason of the exception, printed. */
  reason?: string;
  stacktrace?: string[];
  /** Of a false assertion, printed. */
  expected?: string;
  actual?: string;
}
