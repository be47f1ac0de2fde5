import type { Effect } from "../playbook/playbook.ts";

/** A call that would not find its function. */
export interface CodeProblem {
  readonly code: "MODULE_NOT_FOUND" | "FUNCTION_NOT_FOUND";
  readonly message: string;
}

/** Whether a call would find its function; what is unchecked belongs to an Erlang or Elixir that is not here. */
export type CallCheck = "found" | "unchecked" | CodeProblem;

/** A function, as the BEAM names it. */
export interface FunctionName {
  readonly module: string;
  readonly name: string;
  readonly arity: number;
}

/** What is known of a function that is chosen at run time; undefined is what is not. */
export type PartOfName = { readonly [Part in keyof FunctionName]: FunctionName[Part] | undefined };

/** A function whose code holds calls, and where the first of them stands. */
export interface Caller extends FunctionName {
  /** The source as the compiler was given it; undefined where the file does not tell. */
  readonly file: string | undefined;
  readonly line: number | undefined;
}

/** Calls of one module to a function that would not be there. */
export interface MissingCall {
  readonly called: FunctionName;
  readonly callers: readonly Caller[];
  /** Whether the code is prepared for it: it asks for the module, or catches the error. */
  readonly isExpected: boolean;
  readonly problem: CodeProblem;
}

/** Calls of one module to functions that are chosen at run time. */
export interface DynamicCall {
  readonly called: PartOfName;
  readonly callers: readonly Caller[];
}

/** An effect that the code of a module has by itself, and how it comes to it. */
export interface OwnEffect {
  readonly effect: Effect;
  /** The function that has it; undefined of a function that runs when the module is loaded. */
  readonly called: PartOfName | undefined;
  readonly callers: readonly Caller[];
}

/** What the code of a module says of itself, without being run. */
export interface ModuleExamination {
  readonly module: string;
  readonly missing: readonly MissingCall[];
  readonly dynamic: readonly DynamicCall[];
  readonly effects: readonly OwnEffect[];
  /** Modules of the code paths that it may use: those that it names, and implementations that belong to it. */
  readonly needs: readonly string[];
  /** All functions that it calls by name, those of its own module that it spawns among them. */
  readonly calls: readonly FunctionName[];
  /** Functions of Erlang or Elixir that it calls, and of which nothing is known: neither is installed here. */
  readonly unchecked: readonly FunctionName[];
  /** Whether it has instructions newer than those that can be read, so that callers and dynamic calls may be more. */
  readonly isCutShort: boolean;
}
