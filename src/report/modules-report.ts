import type { DryRunModule } from "../engine/dry-run-report.ts";

/** What `fusion-play modules --json` writes: `schemas/modules.schema.json`. */
export interface ModulesReport {
  version: 1;
  /** The modules that were asked for and are on the code paths. */
  roots: readonly string[];
  /** In the order in which they are shipped: dependencies before dependents. */
  modules: readonly ReportedModule[];
  /** Modules of Erlang and Elixir that the closure needs; they are not shipped. */
  provided: readonly string[];
  /** Which of the two are installed here: of the other one, no module is known to be provided. */
  installed: { readonly erlang: boolean; readonly elixir: boolean };
  totals: { readonly modules: number; readonly file_bytes: number; readonly bytes: number };
}

export interface ReportedModule {
  module: string;
  /** The `.beam` file, or what it was compiled from. */
  file: string;
  /** Of the code, as OTP computes it. */
  md5: string;
  /** Of the `.beam` file. */
  file_bytes: number;
  /** Of the file as it is shipped, without debug information and documentation. */
  bytes: number;
  /** The module that brought it in; null if it was asked for. */
  needed_by: string | null;
  /** Why that one needs it, or the application that it was asked for with; null if it was asked for itself. */
  reason: ReportedReason | null;
  /** All modules of the closure that it needs. */
  needs: readonly ReportedNeed[];
  /** The modules of Erlang and Elixir that it needs. */
  needs_provided: readonly ReportedNeed[];
  /** Effects that it may come to: its own, and those of the modules that it needs. */
  effects: DryRunModule["effects"];
  own_effects: DryRunModule["own_effects"];
}

export interface ReportedNeed {
  readonly module: string;
  readonly reason: ReportedReason;
}

/** Why a module needs another one. */
export type ReportedReason =
  | { readonly type: "imports"; readonly functions: readonly string[] }
  | { readonly type: "behaviour" }
  | { readonly type: "application"; readonly application: string }
  | { readonly type: "protocol_implementation"; readonly protocol: string; readonly target: string }
  | { readonly type: "atom"; readonly where: "code" | "literal" | "attribute" };

/** What `fusion-play modules --why <module> --json` writes. */
export interface WhyReport {
  version: 1;
  /** The module in question. */
  module: string;
  /** Whether Erlang or Elixir provides it, so that it is not shipped. */
  provided: boolean;
  /** Shortest chains from a module that was asked for; empty if nothing needs the module. */
  chains: readonly (readonly ReportedLink[])[];
  /** How many chains of that length there are. */
  chain_count: number;
}

/** A module of a chain, and why the one before it needs it; for the first, what it was asked for with. */
export interface ReportedLink {
  readonly module: string;
  readonly reason: ReportedReason | null;
}
