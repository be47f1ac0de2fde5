import type { Data } from "../etf/data.ts";
import { callerOf } from "./call-site.ts";
import type { CodeLoading, Effect, HostOrder, Location, StrategyName } from "./playbook.ts";
import type { ApplicationInput, CallParts, InlineSource, Purge, StepsFunction } from "./play-host.ts";

/** A CEL expression, true or false, or a list of them that must all hold. */
export type ConditionInput = string | boolean | readonly (string | boolean)[];

/** A duration such as `"10s"`, `"500ms"`, `"2m"`, `"1h30m"`, or a number of seconds. */
export type DurationInput = string | number;

/** What {@linkcode play} takes: the keys of a play in YAML. */
export interface PlayOptions {
  /** What the play is called in reports. @default the hosts of the play */
  name?: string;
  /** Host pattern as Ansible writes them, or a list of patterns. */
  hosts: string | readonly string[];
  /**
   * Where the play's modules are: ebin folders, globs, `.beam` files, `.ex` and `.erl` sources,
   * relative to the playbook.
   *
   * @default []
   */
  modules?: string | readonly string[];
  /**
   * How the code of calls gets to a host: `closure` ships what a call needs before it, `on_demand` lets
   * the host fetch each module when it is first called, `closure+on_demand` does both.
   *
   * @default "closure"
   */
  code_loading?: CodeLoading;
  /**
   * A runtime that hosts are brought and boot from: a file made by `fusion-play bundle`, relative to the
   * playbook.
   *
   * @default the Erlang of the hosts
   */
  runtime?: { readonly bundle: string };
  /**
   * What carries everything to hosts and back: `tunnels` of the SSH connection; `stdio`, the standard input and
   * output of a command, for servers that forward nothing; or `auto`, tunnels where the server allows them.
   *
   * @default "auto"
   */
  transport?: "auto" | "tunnels" | "stdio";
  /**
   * Variables of the play; `${{ … }}` may stand in their strings.
   *
   * @default {}
   */
  vars?: Readonly<Record<string, Data>>;
  /**
   * Files of variables, relative to the playbook, in YAML or JSON; of a list inside the list the first one
   * that exists counts. They come above `vars`.
   *
   * @default []
   */
  vars_files?: string | readonly (string | readonly string[])[];
  /**
   * Variables to ask for at the terminal before the run.
   *
   * @default []
   */
  vars_prompt?: readonly PromptInput[];
  /**
   * Asks each host about itself before the first step, once in a run: `facts` in expressions.
   *
   * @default false
   */
  gather_facts?: boolean;
  /**
   * How many hosts to finish before the next ones.
   *
   * @default "100%"
   */
  serial?: number | string | readonly (number | string)[];
  /**
   * The play stops when more than this share of a batch failed or was unreachable, in percent.
   *
   * @default no limit
   */
  max_fail_percentage?: number | string;
  /**
   * How the hosts of a batch go through the steps: `linear` has all of them do a step before any begins the
   * next one, `host_pinned` lets each go on by itself to its end, `free` lets hosts take turns at each step where
   * they are more than are worked on at once. `linear` needs a list of steps.
   *
   * @default "host_pinned"
   */
  strategy?: StrategyName;
  /**
   * In which order hosts begin, and batches are cut.
   *
   * @default "inventory"
   */
  order?: HostOrder;
  /**
   * The first host that fails or is unreachable ends the play for all hosts, each after the step that it is
   * at, and the run.
   *
   * @default false
   */
  any_errors_fatal?: boolean;
  /**
   * Hosts that are unreachable do not count as such, and take part in later plays.
   *
   * @default false
   */
  ignore_unreachable?: boolean;
  /** What the code of the play may do on hosts. @default everything */
  policy?: PolicyInput;
  /** The same steps as in YAML, or a function that runs once on every host. */
  steps: readonly StepInput[] | StepsFunction;
  /**
   * Steps that are run on a host after the others, each once and in this order, where a step that notifies
   * them changed something.
   *
   * @default []
   */
  handlers?: readonly HandlerInput[];
  /**
   * Runs the handlers that were notified before it also on a host that failed.
   *
   * @default false
   */
  force_handlers?: boolean;
}

/** A variable to ask for. */
export interface PromptInput {
  /** Name of the variable. */
  name: string;
  /** What to ask. @default the name */
  prompt?: string;
  /** Value where nothing is typed, or where there is no terminal. @default none */
  default?: Data;
  /** Shows nothing of what is typed, nor of the value later. @default true */
  private?: boolean;
  /** Asks twice for the same. @default false */
  confirm?: boolean;
}

/** What the code of a play may do on hosts. */
export interface PolicyInput {
  /**
   * Effects that no code of the play may have.
   *
   * @default []
   */
  deny?: readonly Effect[];
  /**
   * Modules and functions that a dry run need not find, such as `Jason` or `my_app:start/2`.
   *
   * @default []
   */
  allow_missing?: string | readonly string[];
}

/** What any kind of step may have. */
export interface StepInputCommon {
  /** What the step is called in reports. @default what the step does */
  name?: string;
  /** Leaves the step out where it is false. @default true */
  when?: ConditionInput;
  /** Does the step for each item of a list or entry of a mapping; a text is an expression. @default once */
  loop?: string | readonly Data[] | Readonly<Record<string, Data>>;
  /** How the items of a loop are gone through. @default {} */
  loop_control?: LoopControlInput;
  /** Keeps the result under this name, for the steps after it. */
  register?: string;
  /** Limit of one attempt. @default the run's `--timeout` */
  timeout?: DurationInput;
  /** What the process of a call may use of the host's memory: `"256MB"`, or bytes. @default no limit */
  max_heap?: string | number;
  /** How often to try again after the first attempt. @default 3 with `until`, otherwise 0 */
  retries?: number | string;
  /** Pause between attempts. @default 5 */
  delay?: DurationInput;
  /** What each pause is longer by than the one before: a factor, or `"exponential"`, which is 2. @default "constant" */
  backoff?: string | number;
  /** Tries again until it is true of the `result`. @default no condition */
  until?: ConditionInput;
  /** Variables of the step, above those of the play. @default {} */
  vars?: Readonly<Record<string, Data>>;
  /** What `--tags` and `--skip-tags` choose by. @default [] */
  tags?: string | readonly string[];
  /** Goes on with the next step where this one failed. @default false */
  ignore_errors?: boolean | string;
  /** A host that is lost at the step does not count as unreachable. @default as the play says */
  ignore_unreachable?: boolean;
  /** The first host that comes to the step does it, once for all hosts of the batch. @default false */
  run_once?: boolean;
  /** A failure of the step ends the play for all hosts, and the run. @default as the play says */
  any_errors_fatal?: boolean;
  /** Another host of the inventory, on which the step works. @default the host itself */
  delegate_to?: string;
  /** On how many hosts at most the step is at work at the same time. @default no limit */
  throttle?: number | string;
  /** When the step counts as failed. @default what the answer says: `{error, Reason}` fails the step */
  failed_when?: ConditionInput;
  /** When the step counts as changed. @default what the answer says: `{changed, Result}` */
  changed_when?: ConditionInput;
  /** Handlers that are run where the step changed something. @default [] */
  notify?: string | readonly string[];
  /** Keeps arguments, result and output out of everything that is shown or written. @default false */
  no_log?: boolean;
}

/** How the items of a loop are gone through. */
export interface LoopControlInput {
  /** What an item is called in reports. @default the item itself, of an entry of a mapping its key */
  label?: string;
  /** Name that has the number of the item, from 0. */
  index_var?: string;
  /** How many items are worked on at the same time. @default 1 */
  parallel?: number;
  /** Pause between two items. @default 0 */
  pause?: DurationInput;
}

/** What a step may have that ships code. */
export interface ShippingInput extends StepInputCommon {
  /**
   * What becomes of processes that still run a version of a module that is replaced: the step fails and
   * names them, or they are killed.
   *
   * @default "soft"
   */
  purge?: Purge;
}

/** A handler of a play: a step with a name, which steps notify. */
export type HandlerInput = StepInput & {
  /** What steps notify; no other handler of the play has it. */
  name: string;
  /** Other names that steps may notify. @default [] */
  listen?: string | readonly string[];
};

/** A step of a list. */
export type StepInput =
  | PushInput
  | RunInput
  | EvalInput
  | AssertInput
  | SetInput
  | FailInput
  | PauseInput
  | WaitForInput
  | MetaInput
  | BlockInput
  | IncludeStepsInput;

/** Gives variables to the host. */
export interface SetInput extends StepInputCommon {
  /** Variables of the host for the rest of the run; each may use the ones before it. */
  set: Readonly<Record<string, Data>>;
}

/** Ends the host's part of the play as failed. */
export interface FailInput extends StepInputCommon {
  /** Fails where it is reached, with this message. */
  fail: string | { message: string };
}

/** Waits, on each host by itself. */
export interface PauseInput extends StepInputCommon {
  /** How long. */
  pause: DurationInput | { seconds?: number | string; minutes?: number | string };
}

/** Waits until something on the host is as it should be. */
export interface WaitForInput extends StepInputCommon {
  /** What is waited for, as long as the time limit of the step allows. */
  wait_for: {
    /** A TCP port. Exactly one of `port`, `path` and `run` is given. */
    port?: number | string;
    /** Where the port is, as the host sees it. @default "127.0.0.1" */
    host?: string;
    /** Path of a file or folder, as the host sees it. */
    path?: string;
    /** What to wait for. @default "started" of a port, "present" of a path */
    state?: "started" | "stopped" | "present" | "absent";
    /** A call whose result is looked at with `until`. */
    run?: string;
    /** What must be true of the `result`; required beside `run`. */
    until?: ConditionInput;
    /** Pause between two questions. @default 1 */
    sleep?: DurationInput;
  };
}

/** Ends the play early without a failure, or runs handlers. */
export interface MetaInput extends Pick<StepInputCommon, "name" | "when" | "vars" | "tags"> {
  /** For this host, for all hosts, or no end: the handlers are run that were notified until now. */
  meta: "end_host" | "end_play" | "flush_handlers";
}

/** Ships code without calling it. */
export interface PushInput extends ShippingInput {
  /** Modules, or an OTP application. */
  push: string | readonly string[] | ApplicationInput;
  /** Loads the code only if all hosts of the batch have prepared it. @default false */
  transaction?: boolean;
}

/** Calls a function, and ships what it needs first. */
export interface RunInput extends ShippingInput {
  /** The call in the syntax of Elixir or Erlang, or its parts. */
  run: string | CallParts;
}

/** Compiles code here, ships it and runs it on the host. */
export interface EvalInput extends ShippingInput {
  /** The code; the tags `elixir` and `erlang` make it of a template. */
  eval: InlineSource;
}

/** Fails unless what it asserts holds. */
export interface AssertInput extends StepInputCommon {
  /** Expressions that must be true, or what must hold of a value. */
  assert: string | boolean | readonly (string | boolean)[] | AssertionInput;
}

/** What may be said for several steps at once. */
export interface StepGroupInput extends Pick<
  StepInputCommon,
  | "name"
  | "when"
  | "timeout"
  | "vars"
  | "tags"
  | "ignore_errors"
  | "ignore_unreachable"
  | "run_once"
  | "throttle"
  | "max_heap"
  | "any_errors_fatal"
  | "delegate_to"
  | "no_log"
  | "notify"
> {}

/** Steps that belong together; what stands beside them holds for each of them. */
export interface BlockInput extends StepGroupInput {
  /** Steps to run in their order. */
  block: readonly StepInput[];
  /** Steps to run where one of the block failed. */
  rescue?: readonly StepInput[];
  /** Steps to run in the end, whatever became of the others. */
  always?: readonly StepInput[];
}

/** Steps of a YAML file; what stands beside it holds for each of them. */
export interface IncludeStepsInput extends StepGroupInput {
  /** The file, relative to the playbook. */
  include_steps: string;
}

/** What a step `assert` asserts: at least one of `that`, `equals`, `match` and `schema`. */
export interface AssertionInput {
  /** Expressions that must be true. */
  that?: string | boolean | readonly (string | boolean)[];
  /** What is looked at. @default the result of the step before */
  value?: Data;
  /** What the value must be equal to. */
  equals?: Data;
  /** An Elixir or Erlang pattern that the value must match. */
  match?: string | { elixir: string } | { erlang: string };
  /** A JSON Schema (2020-12) that the value must satisfy. */
  schema?: boolean | Readonly<Record<string, unknown>>;
  /** What is said where it fails. @default what was expected, and what was there */
  message?: string;
}

/** A play made by {@linkcode play}. */
export interface MadePlay {
  /** What {@linkcode play} was given. */
  readonly options: PlayOptions;
  /** Where `play` was called. */
  readonly location: Location | undefined;
}

const MADE = Symbol.for("fusion-play.play");

/**
 * Makes a play of a TypeScript playbook, which exports it, or a list of plays, as its default.
 *
 * @param options the keys of the play; they are checked when the playbook is loaded
 * @returns what the playbook exports
 */
export function play(options: PlayOptions): MadePlay {
  const made: MadePlay & { [MADE]: true } = { options, location: callerOf(play), [MADE]: true };
  return made;
}

/** Whether a value was made by {@linkcode play}, be it that of another copy of this package. */
export function isMadePlay(value: unknown): value is MadePlay {
  return typeof value === "object" && value !== null && MADE in value;
}
