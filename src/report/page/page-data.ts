/**
 * What the page of a report knows of a run: the data that its script reads. It is written so that a run of a thousand
 * hosts and fifty steps stays small: texts and whatever else is the same on many hosts are there once. This file
 * imports nothing, as browsers and Node.js both use it.
 */
export interface PageData {
  /** Of the whole run, in milliseconds. */
  readonly durationMs: number;
  /** Results, outputs, errors and facts; all else names them by their index. */
  readonly texts: readonly string[];
  /** What is known of a step on a host besides its result; cells name it by its index. */
  readonly extras: readonly PageExtra[];
  readonly plays: readonly PagePlay[];
  readonly modules: readonly PageModule[];
}

export interface PagePlay {
  readonly name: string;
  /** The columns: the steps of all hosts, in order. */
  readonly steps: readonly PageStep[];
  readonly hosts: readonly PageHost[];
}

export interface PageStep {
  /** As it is written in the playbook, where hosts have other names for it. */
  readonly name: string;
  readonly kind: string;
}

export interface PageHost {
  readonly name: string;
  readonly status: "ok" | "failed" | "unreachable" | "skipped" | "cancelled";
  readonly ignored?: true;
  /** Why it failed outside of its steps: index of a text. */
  readonly error?: number;
  /** OTP and Elixir, and what carried everything. */
  readonly runtime?: string;
  /** Modules, bytes, modules that the host had, files and their bytes. */
  readonly pushed: readonly [number, number, number, number, number];
  /** Index of a text. */
  readonly facts?: number;
  /** Name, begin and length of each phase of connecting; times as those of steps. */
  readonly phases: readonly (readonly [string, number, number])[];
  /** Columns of its steps, where they are not the first ones without a gap. */
  readonly columns?: readonly number[];
  /** How each step ended: an index of {@linkcode OUTCOMES}. */
  readonly outcomes: readonly number[];
  /** When each step began, in milliseconds from the begin of the run; -1 where that is not known, or was before. */
  readonly starts: readonly number[];
  /** How long each took, in milliseconds. */
  readonly durations: readonly number[];
  /** How much of that went by until code was shipped; 0 where none was. */
  readonly pushes: readonly number[];
  /** The result of each: index of a text, or -1. */
  readonly results: readonly number[];
  /** Index of {@linkcode PageData.extras} for each, or -1. */
  readonly extras: readonly number[];
}

export interface PageExtra {
  /** What the step is called on the host, where that is another name than that of the column: index of a text. */
  readonly name?: number;
  readonly attempts?: number;
  /** Index of a text. */
  readonly output?: number;
  /** Index of a text. */
  readonly error?: number;
  /** What it would change: index of a text. */
  readonly diff?: number;
  /** Indexes of {@linkcode PageData.modules}. */
  readonly modules?: readonly number[];
  /** Files of applications, with their sizes. */
  readonly files?: readonly (readonly [string, number])[];
  /** What else is to be said of it. */
  readonly notes?: readonly string[];
}

export interface PageModule {
  /** As people write it. */
  readonly name: string;
  readonly bytes: number;
  /** The index of the module that needs it; -1 where that is none of them. */
  readonly neededBy: number;
  readonly reason: string;
  /** Version of the Elixir that it is a module of. */
  readonly elixir?: string;
  /** How many hosts it was sent to. */
  readonly hosts: number;
}

/** How steps end; cells name them by their index. */
export const OUTCOMES = ["ok", "changed", "failed", "skipped", "rescued", "ignored"] as const;

export type PageOutcome = (typeof OUTCOMES)[number];
