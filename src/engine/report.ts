import type { ErrorCode } from "../error-code.ts";
import type { Term } from "../etf/term.ts";
import type { Step } from "../playbook/playbook.ts";
import type { NeedReason } from "./module-source.ts";
import type { ConnectPhase, Traffic, Transport } from "./remote-node.ts";
import type { Shard } from "./shard.ts";

/** What a run leaves: `schemas/report.schema.json`. Names are those of the JSON, hence `snake_case`. */
export interface Report {
  /** Version of the format. */
  version: 1;
  /** How the run ended. */
  status: RunStatus;
  /** Exit code of the program, whose meanings `docs/cli.md` lists. */
  exit_code: number;
  /** In UTC, as ISO 8601 has it. */
  started_at: string;
  /** How long the run took, in milliseconds. */
  duration_ms: number;
  /** Which part of the hosts this controller took, where several share them. */
  shard?: Shard;
  /** The plays, in order. */
  plays: PlayReport[];
}

/** How a run ended. */
export type RunStatus = "ok" | "failed" | "unreachable" | "cancelled";

/** Where a play or a step stands; both are absent of what stands in no file. */
export interface SourcePlace {
  /** Path of the file, as the command line or another file names it. */
  file?: string;
  /** Number of the line, from 1. */
  line?: number;
}

/** What became of a play. */
export interface PlayReport extends SourcePlace {
  /** Name of the play. */
  name: string;
  /** Hosts of the play by name. */
  hosts: Record<string, HostReport>;
}

/** What became of a host in a play. */
export interface HostReport {
  /** How the host ended in this play. */
  status: HostStatus;
  /** Whether it is unreachable and does not count as such. */
  ignored?: true;
  /** How often its connection was lost and came back, where that happened. */
  reconnected?: number;
  /** Why the host was unreachable or failed outside of a step. */
  error: ErrorReport | null;
  /** What was done until the host was connected, in order; absent where it was connected before. */
  phases?: HostPhase[];
  /** What runs on the host: release of OTP and version of Elixir, if any; null if it was not reached. */
  runtime: { otp: string; elixir: string | null } | null;
  /** What carried everything to the host and back; null if it was not reached. */
  transport: Transport | null;
  /**
   * What was sent to the host or, for its steps, to delegates of them, and what it fetched. `skipped` are modules that the host had; `files` those
   * of applications, besides modules.
   */
  pushed: { modules: number; bytes: number; skipped: number; files: number; file_bytes: number };
  /** What the host fetched while none of its steps was under way. */
  fetched?: PushedModule[];
  /** What the host told about itself in this play: a map. */
  facts?: Term;
  /** What it took of the network, in a run whose traffic is counted. */
  traffic?: HostTraffic;
  /** The steps that ended, in order. */
  steps: StepReport[];
}

/** What went to a host and came from it, in a run whose traffic is counted. */
export interface HostTraffic {
  /** All of the play, and of the way to the host where that was a part of it. */
  total: Traffic;
  /** To learn what it tells about itself. */
  facts?: Traffic;
}

/** A part of the way to a host. */
export interface HostPhase {
  /** What was done; tries that failed are among them. */
  phase: ConnectPhase;
  /** When it began, in UTC, as ISO 8601 has it. */
  started_at: string;
  /** How long it took, in milliseconds. */
  duration_ms: number;
  /** What it took of the network, in a run whose traffic is counted. */
  traffic?: Traffic;
}

/** How a host ended in a play. */
export type HostStatus = "ok" | "failed" | "unreachable" | "skipped" | "cancelled";

/** How a step ended; `ignored` is a failure that the step ignores. */
export type StepStatus = "ok" | "changed" | "failed" | "skipped" | "ignored";

/** What a step is known by on all hosts whose name holds expressions; both are absent of any other. */
export interface WrittenName {
  /** Its name as it is written in the playbook, where each host may have another one. */
  written_name?: string;
  /** Which step of the play with this written name it is, in the order of the playbook; absent of the first. */
  written_nth?: number;
}

/** What became of a step on a host. */
export interface StepReport extends SourcePlace, WrittenName {
  /** Name of the step on the host. */
  name: string;
  /** What the step does: its key in a playbook. */
  kind: Step["kind"];
  /** Whether it is a handler, or below one. */
  handler?: true;
  /** How the step ended. */
  status: StepStatus;
  /** Whether it failed and `rescue` of a block around it takes over, so that the host goes on. */
  rescued: boolean;
  /** Whether it was done before the run was resumed. */
  resumed?: true;
  /** The host that did the step, where it was done once for all: of the other hosts. */
  ran_on?: string;
  /** The host that the step worked on, where it was delegated to another one: what was sent went there. */
  delegated_to?: string;
  /** When it began, in UTC, as ISO 8601 has it. */
  started_at?: string;
  /** How long it took, in milliseconds. */
  duration_ms: number;
  /** The part of `duration_ms` at whose end the last of its code was shipped; absent where none was. */
  push_ms?: number;
  /**
   * What went to the host of the play and came from it meanwhile, in a run whose traffic is counted: that of other steps
   * which were at work at the same time is among it.
   */
  traffic?: Traffic;
  /** The part of `traffic` until the last of its code was shipped. */
  push_traffic?: Traffic;
  /** How often it was tried; 0 if it was skipped. */
  attempts: number;
  /** Of a step with a loop, in the order of the items; null of any other. */
  items: ItemReport[] | null;
  /** The term that the step gave, null of one with a loop; reporters print it or turn it into JSON. */
  result: Term | null;
  /** What the step printed, up to a limit. */
  output: string;
  /** Modules that were sent. */
  pushed: PushedModule[];
  /** Files of applications that were sent. */
  pushed_files: PushedFile[];
  /** Why it failed; null if it did not. */
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
  /** How the step ended for this item. */
  status: StepStatus;
  /** How often it was tried for this item; 0 if it was skipped. */
  attempts: number;
  /** The term that the step gave for this item. */
  result: Term | null;
  /** Why it failed for this item; null if it did not. */
  error: ErrorReport | null;
  /** As of steps. */
  would_run?: true;
  /** As of steps. */
  diff?: Term;
  /** As of steps. */
  delegated_to?: string;
}

/** A file of an application that was sent to a host. */
export interface PushedFile {
  /** The application that it is a file of. */
  application: string;
  /** Below the folder of the application: `priv/my_nif.so`. */
  path: string;
  /** Its size. */
  bytes: number;
  /** Of its content, hexadecimal. */
  sha256: string;
}

/** A module that was sent to a host, or that it fetched. */
export interface PushedModule {
  /** As the BEAM has it: `Elixir.RemoteHealth`, `lists`. */
  module: string;
  /** Of the file as it is shipped, without debug information. */
  bytes: number;
  /** Of its code as OTP computes it, hexadecimal. */
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

/** Why a step or a host failed. */
export interface ErrorReport {
  /** Code of the error, which `docs/errors.md` explains. */
  code: ErrorCode;
  /** What could not be done, and why. */
  message: string;
  /** What to try next. */
  hint: string | null;
  /** Class of the exception on the host: `throw`, `exit` or `error`. */
  class?: string;
  /** Reason of the exception, printed. */
  reason?: string;
  /** Where the exception was raised, one frame each, the innermost first. */
  stacktrace?: string[];
  /** What a false assertion asked for, printed. */
  expected?: string;
  /** What was there in its place, printed. */
  actual?: string;
}
