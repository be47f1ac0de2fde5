import type { Facts } from "./facts.ts";
import type { PlayGroup } from "./play-group.ts";
import type { Data } from "../etf/data.ts";
import type { Value } from "../etf/value.ts";

/** What becomes of processes that still run a version that is replaced: `hard` kills them. */
export type Purge = "soft" | "hard";

/** The steps of a TypeScript play: runs once on every host of the play. */
export type StepsFunction = (host: PlayHost) => void | Promise<void>;

/** A host inside the `steps` function of a TypeScript play. Every call is a step of the report. */
export interface PlayHost {
  /** Name of the host in the inventory. */
  readonly name: string;
  /** Names of the groups that the host is in. */
  readonly groups: readonly string[];
  /** Variables of inventory, play, `set` and command line. */
  readonly vars: Readonly<Record<string, Value>>;
  /** Aborted when the run is stopped or the host is lost. */
  readonly signal: AbortSignal;
  /**
   * Ships modules with what they need, which usually `run` does by itself, or a whole OTP application.
   *
   * @throws {FusionPlayError} when the step fails; uncaught, it ends the host's part of the play
   */
  push(code: string | readonly string[] | ApplicationInput, options?: PushOptions): Promise<void>;
  /**
   * Calls a function on the host: `"RemoteHealth.check()"`, or module, function and arguments. The
   * result is whatever the function gave, in plain JavaScript; its type is what the caller says.
   *
   * @param call text in the syntax of Elixir or Erlang, whose arguments are literals, or its parts
   * @returns all that the function gave, `{changed, Result}` included: `["changed", result]`
   * @throws {FusionPlayError} when the step fails; uncaught, it ends the host's part of the play
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- only the function on the host knows
  run<Result = any>(call: string | CallParts, options?: CallStepOptions): Promise<Result>;
  /**
   * Compiles code here, ships it and runs it there. The tags `elixir` and `erlang` make it of a template.
   *
   * @throws {FusionPlayError} as `run` does
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- only the code on the host knows
  eval<Result = any>(code: InlineSource, options?: EvalOptions): Promise<Result>;
  /**
   * What the host tells about itself, as `gather_facts` gives it to expressions. It is asked once in a run.
   *
   * @throws {FusionPlayError} `TIMEOUT`, `NODE_LOST`
   */
  facts(): Promise<Facts>;
  /**
   * Ends the host's part of the play as failed, unless `condition` holds.
   *
   * @param message what is said where it does not; by default that the condition is false
   * @throws {FusionPlayError} `ASSERTION_FAILED`; `CONDITION_FAILED` for a condition that is no boolean
   */
  assert(condition: boolean, message?: string): void;
  /**
   * Ends the host's part of the play as failed.
   *
   * @throws {FusionPlayError} `FAILED_BY_PLAY`
   */
  fail(message: string): never;
  /**
   * Gives variables to the host for the rest of the run, later plays included: above those of inventory and
   * plays, below those of the command line.
   *
   * @throws {FusionPlayError} `USAGE` for a name that no variable can have, `TERM_INVALID` for a value that no
   * argument can have
   */
  set(vars: Readonly<Record<string, Data>>): void;
  /**
   * Has handlers of the play run on this host when its function has ended, whatever changed.
   *
   * @param names names of handlers, or what they listen to
   * @throws {FusionPlayError} `USAGE` for a name that no handler has
   */
  notify(...names: readonly string[]): void;
  /**
   * Runs the handlers that were notified now.
   *
   * @throws {FusionPlayError} when one of their steps fails; uncaught, it ends the host's part of the play
   */
  flushHandlers(): Promise<void>;
  /**
   * The hosts of a group of the inventory.
   *
   * @throws {FusionPlayError} `USAGE` where the inventory has no such group
   */
  group(name: string): PlayGroup;
}

/** Code that a step `eval` runs, and the values of its variables. */
export type InlineSource = ({ elixir: string } | { erlang: string }) & {
  /** Values of its variables, by their names. @default {} */
  bindings?: Readonly<Record<string, Data>>;
};

/** An OTP application that is pushed. */
export interface ApplicationInput {
  /** Name of the application. */
  app: string;
  /**
   * Values of its environment, set before it is started.
   *
   * @default {}
   */
  config?: Readonly<Record<string, Data>>;
  /**
   * Starts it, with those that it needs.
   *
   * @default false
   */
  start?: boolean;
}

/** A call, in parts: arguments may be any data. */
export interface CallParts {
  /** As Elixir or Erlang writes it: `RemoteHealth`, `lists`. */
  module: string;
  /** Name of the function, without its arity. */
  function: string;
  /** Arguments of the call. @default [] */
  args?: readonly Data[];
}

/** What the options of any step may have: keys of steps in YAML, which mean the same. */
export interface StepOptions {
  /** What the step is called in reports. @default what the step does */
  name?: string;
  /**
   * Limit of the step: a duration such as `"10s"`, or seconds, as in playbooks.
   *
   * @default the run's `--timeout`
   */
  timeout?: string | number;
  /** What the process of a call may use of the host's memory: `"256MB"`, or bytes. @default no limit */
  max_heap?: string | number;
  /** How often to try again after an attempt that failed. @default 0 */
  retries?: number;
  /** Pause between attempts: a duration such as `"10s"`, or seconds. @default 5 */
  delay?: string | number;
  /** What each pause is longer by than the one before; exponential is 2. @default "constant" */
  backoff?: "constant" | "exponential" | number;
  /** Another host of the inventory, on which the step works. @default the host itself */
  delegate_to?: string;
  /**
   * The first host that comes to the step does it, for all hosts of the batch, which have its result. Steps of
   * a function are the same on two hosts if they have the same name, and each is the n-th of that name there.
   *
   * @default false
   */
  run_once?: boolean;
  /** On how many hosts at most a step of this name is at work at the same time. @default no limit */
  throttle?: number;
  /** Handlers of the play that are run where the step changed something. @default [] */
  notify?: string | readonly string[];
  /** Keeps arguments, result and output out of everything that is shown or written. @default false */
  no_log?: boolean;
  /**
   * What becomes of processes that still run a version of a module that is replaced: the step fails and
   * names them, or they are killed.
   *
   * @default "soft"
   */
  purge?: Purge;
}

/** Options of steps that have a result. */
export interface CallStepOptions extends StepOptions {
  /**
   * A JSON Schema (2020-12) that the result must satisfy: atoms and binaries are strings there, tuples and lists
   * are arrays, maps are objects.
   *
   * @default the result is taken as it is
   */
  schema?: boolean | Readonly<Record<string, unknown>>;
}

/** Options of `host.push`. */
export interface PushOptions extends StepOptions {
  /**
   * Loads the code only if all hosts of the batch have prepared it: hosts wait for each other in their
   * n-th transaction of the same modules. One whose function ends without it takes no part.
   *
   * @default false
   */
  transaction?: boolean;
}

/** Options of `host.eval`. */
export interface EvalOptions extends CallStepOptions {
  /** Values of variables, beside those of the code itself. @default {} */
  bindings?: Readonly<Record<string, Data>>;
}
