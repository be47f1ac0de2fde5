import type { StepsFunction, Purge } from "./play-host.ts";
import type { Data } from "../etf/data.ts";
import type { Value } from "../etf/value.ts";
import type { Term } from "../etf/term.ts";

/** A playbook, read and checked: no step of it has a mistake that can be seen without running. */
export interface Playbook {
  /** The file as the user named it. */
  readonly file: string;
  /**
   * Sha256 of what it was read from, hexadecimal: the file with those that it imports and includes, of a module
   * in TypeScript its own file alone; null of one that was read from no file.
   */
  readonly digest: string | null;
  readonly plays: readonly Play[];
}

export interface Play {
  readonly name: string;
  /** Host pattern. */
  readonly hosts: string;
  readonly hostsLocation: Location;
  /** Ebin folders, globs, `.beam` files and `.ex`/`.erl` sources, as absolute paths. */
  readonly modules: readonly string[];
  readonly codeLoading: CodeLoading;
  /** Absolute path of the bundle that hosts are brought. Default: they have Erlang. */
  readonly bundle: string | undefined;
  /** What carries everything to its hosts and back. Default: what suits the host. */
  readonly transport: "auto" | "tunnels" | "stdio" | undefined;
  readonly vars: Readonly<Record<string, VariableTemplate>>;
  /** Above `vars`; later ones win. */
  readonly varsFiles: readonly VariablesFile[];
  /** Between `vars` and `varsFiles`. */
  readonly prompts: readonly Prompt[];
  /** A list that can be read ahead, or a function whose steps are known only as it runs. */
  readonly steps: readonly StepNode[] | StepsFunction;
  /** In the order in which they are run. */
  readonly handlers: readonly Handler[];
  /** Whether a host that failed runs the handlers that were notified before. */
  readonly forceHandlers: boolean;
  /** How many hosts to work on before the next ones: batch sizes, the last one repeats. Default: all at once. */
  readonly serial: readonly BatchSize[];
  /** The play stops when more than this share of a batch failed or was unreachable. */
  readonly maxFailPercentage: number | undefined;
  /** How the hosts go through the steps beside each other. */
  readonly strategy: StrategyName;
  /** In which order hosts begin. */
  readonly order: HostOrder;
  /** Whether the first host that fails or is unreachable ends the play for all of them, and the run after it. */
  readonly anyErrorsFatal: boolean;
  /** Whether hosts that are unreachable do not count as such, and take part in later plays. */
  readonly ignoreUnreachable: boolean;
  /** Whether hosts tell about themselves before the first step. */
  readonly gatherFacts: boolean;
  readonly policy: Policy;
  /** What a play whose steps are a function is chosen by; those of a list have theirs. */
  readonly tags: readonly string[];
  readonly location: Location;
}

/** What is run on a host where a step that notifies it has changed something. */
export interface Handler {
  /** Its name is what steps notify. */
  readonly step: StepNode;
  /** Other names that steps may notify, which several handlers may share. */
  readonly listen: readonly string[];
}

/** A `vars.name` that is read for certain where its play or step is done. */
export interface RequiredVariable {
  readonly name: string;
  readonly location: Location;
  /** The line it stands in, where that may be shown. */
  readonly sourceLine: string | undefined;
  /** The variable whose value reads it, which is not evaluated where a higher level gives another value. */
  readonly readBy: string | undefined;
}

/** A variable that a play gives. */
export interface VariableTemplate extends Template {
  /** What its value reads. */
  readonly required: readonly RequiredVariable[];
  /** Where its name stands. */
  readonly location: Location;
}

/** A file that the key `vars_files` names. */
export interface VariablesFile {
  readonly file: string;
  readonly vars: Readonly<Record<string, VariableTemplate>>;
}

/** A variable that is asked for before the run. */
export interface Prompt {
  /** Name of the variable. */
  readonly name: string;
  /** What is shown, without the default. */
  readonly text: string;
  /** The value where nothing is typed, or nobody can be asked; undefined where there is none. */
  readonly default: Data | undefined;
  /** Whether what is typed is not shown. */
  readonly isPrivate: boolean;
  /** Whether it must be typed twice. */
  readonly isConfirmed: boolean;
  /** Where the play asks for it. */
  readonly location: Location;
}

/** What the code of a play may do on hosts. */
export interface Policy {
  /** Effects that no code of the play may have. */
  readonly deny: readonly Effect[];
  /** Modules and functions that a dry run need not find. */
  readonly allowMissing: readonly AllowedName[];
}

/** Something that the code of a module does to the host, or may do. `src/playbook/effects.ts` explains each. */
export type Effect =
  | "os.cmd"
  | "open_port"
  | "file_write"
  | "socket"
  | "halt"
  | "nif"
  | "on_load"
  | "code_load"
  | "node"
  | "dynamic";

/** A module, or one of its functions. */
export interface AllowedName {
  /** As the BEAM has it: `Elixir.Jason`, `my_app`. */
  readonly module: string;
  readonly function: { readonly name: string; readonly arity: number } | undefined;
}

/**
 * How the code of calls gets to a host: `closure` ships what a call needs before it, `on_demand` lets the
 * host fetch each module when it is first called, `closure+on_demand` does both.
 */
export type CodeLoading = "closure" | "on_demand" | "closure+on_demand";

/** In which order the hosts of a play begin, as in Ansible. */
export type HostOrder = "inventory" | "reverse_inventory" | "sorted" | "reverse_sorted" | "shuffle";

/**
 * How the hosts of a batch go through the steps: `host_pinned` lets each go on by itself to its end, `free` lets
 * hosts take turns at each step where they are more than are worked on at once, and `linear` has all of them do a
 * step before any begins the next one. As in Ansible.
 */
export type StrategyName = "linear" | "free" | "host_pinned";

export type BatchSize = { readonly hosts: number } | { readonly percent: number };

/** A place in a file; lines and columns count from 1. */
export interface Location {
  /** Path of the file. */
  readonly file: string;
  /** Number of the line, from 1; 0 of what stands in no file. */
  readonly line: number;
  /** Number of the column, from 1. */
  readonly column: number;
}

/** What any kind of step may have. */
export interface StepCommon {
  /** As written, or made from what the step does. */
  readonly name: string;
  /** Gives the name on each host; undefined of one that is the same on all of them. */
  readonly nameOnHost: HostTemplate<string> | undefined;
  readonly when: readonly Expression[];
  /** What the step is done for, one after another; undefined of a step that is done once. */
  readonly loop: Loop | undefined;
  readonly register: string | undefined;
  /** Limit of one attempt, in milliseconds. */
  readonly timeoutMs: OnHost<number> | undefined;
  /** What the process of a call may use on the host, in bytes; undefined where nothing limits it. */
  readonly maxHeapBytes: OnHost<number> | undefined;
  /** How often to try again after the first attempt. */
  readonly retries: OnHost<number>;
  /** Pause between attempts, in milliseconds. */
  readonly delayMs: OnHost<number>;
  /** What each pause is longer by than the one before. */
  readonly backoff: OnHost<number>;
  readonly until: readonly Expression[];
  readonly vars: Readonly<Record<string, VariableTemplate>>;
  readonly tags: readonly string[];
  readonly ignoreErrors: OnHost<boolean>;
  /** Whether a host that is lost at the step does not count as unreachable. Default: as its play says. */
  readonly ignoreUnreachable: boolean | undefined;
  /** Whether one host of the play does the step, for all of them. */
  readonly runOnce: boolean;
  /** Whether its failure ends the play for all hosts. Default: as its play says. */
  readonly anyErrorsFatal: boolean | undefined;
  /** The host that the step works on, where that is another one. */
  readonly delegateTo: Delegate | undefined;
  /** At how many hosts at most the step is at work at the same time; undefined where nothing limits it. */
  readonly throttle: number | undefined;
  readonly failedWhen: readonly Expression[];
  readonly changedWhen: readonly Expression[];
  /** Names of handlers, or what they listen to, that are notified where the step changed something. */
  readonly notify: readonly string[];
  /** Keeps arguments, result and output of the step out of everything that is shown or written. */
  readonly noLog: boolean;
  /** Variables without which the step fails on every host, whatever is true there. */
  readonly required: readonly RequiredVariable[];
  readonly location: Location;
}

/** The host of the inventory that a step is delegated to. */
export interface Delegate {
  /** Its name, where it is known before the run. */
  readonly name: string | undefined;
  readonly location: Location;
  /** Where it stands, where that may be shown. */
  readonly sourceLine: string | undefined;
  /** As written. */
  readonly source: string;
  /** Gives its name. @throws {FusionPlayError} `EXPRESSION_FAILED` */
  evaluate(scope: Scope): string;
}

/** A list or mapping, and how its items are gone through. */
export interface Loop {
  readonly items: Template;
  readonly location: Location;
  /** What an item is called in reports. Default: its text, of an entry of a mapping its key. */
  readonly label: Template | undefined;
  /** The name that has the number of the item, from 0. */
  readonly indexVar: string | undefined;
  /** How many items are worked on at the same time. */
  readonly parallel: number;
  /** Pause between two items, in milliseconds. */
  readonly pauseMs: OnHost<number>;
}

export type Step =
  PushStep | RunStep | EvalStep | AssertStep | FailStep | PauseStep | SetStep | WaitForStep | MetaStep;

/** A node of the tree that the steps of a play are. */
export type StepNode = Step | Block;

/**
 * Steps that belong together. What a block says for its steps stands in each of them, so that a block
 * is nothing but order.
 */
export interface Block {
  readonly kind: "block";
  readonly name: string;
  readonly block: readonly StepNode[];
  /** Run where a step of the block failed, which is then no failure of the host. */
  readonly rescue: readonly StepNode[];
  /** Run after the others, whatever became of them. */
  readonly always: readonly StepNode[];
  readonly location: Location;
}

export interface PushStep extends StepCommon {
  readonly kind: "push";
  /** Names as the BEAM has them: `Elixir.RemoteHealth`, `my_app`; none where an application is pushed. */
  readonly modules: readonly string[];
  /** The OTP application to ship as a whole. */
  readonly application: ApplicationTemplate | undefined;
  readonly purge: Purge;
  /** Whether all hosts of the batch load the code, or none. */
  readonly transaction: boolean;
}

/** An OTP application, and what is to be done with it on the host. */
export interface ApplicationTemplate {
  readonly name: string;
  /** Values of its environment, in their order. */
  readonly config: Readonly<Record<string, Template>>;
  /** Whether it is started, with those that it needs. */
  readonly start: boolean;
}

export interface RunStep extends StepCommon {
  readonly kind: "run";
  readonly call: CallTemplate;
  readonly purge: Purge;
}

export interface EvalStep extends StepCommon {
  readonly kind: "eval";
  readonly purge: Purge;
  readonly code: InlineCode;
  /** Values of the code's variables. */
  readonly bindings: Readonly<Record<string, Template>>;
}

export interface AssertStep extends StepCommon {
  readonly kind: "assert";
  readonly that: readonly Expression[];
  /** Default: the result of the step before. */
  readonly value: Template | undefined;
  readonly equals: Template | undefined;
  readonly match: PatternMatcher | undefined;
  /** A JSON Schema that the value must satisfy. */
  readonly schema: SchemaCheck | undefined;
  readonly message: Template | undefined;
}

/** Fails where it is reached. */
export interface FailStep extends StepCommon {
  readonly kind: "fail";
  readonly message: Template;
}

export interface PauseStep extends StepCommon {
  readonly kind: "pause";
  readonly pauseMs: OnHost<number>;
}

/** Gives variables to the host for the rest of the run. */
export interface SetStep extends StepCommon {
  readonly kind: "set";
  /** Each may use the ones before it. */
  readonly values: Readonly<Record<string, Template>>;
}

/** Asks again and again, until something is as it should be or the time of the step is up. */
export interface WaitForStep extends StepCommon {
  readonly kind: "wait_for";
  readonly awaited: Awaited;
  /** Pause between two questions, in milliseconds. */
  readonly sleepMs: OnHost<number>;
}

/** What a step `wait_for` waits for; ports and files are looked at from the host. */
export type Awaited =
  | { readonly type: "port"; readonly host: Template; readonly port: Template; readonly isOpen: boolean }
  | { readonly type: "path"; readonly path: Template; readonly isThere: boolean }
  | { readonly type: "call"; readonly call: CallTemplate; readonly until: readonly Expression[] };

/** Ends the play for the host, or for all hosts, without a failure, or runs the handlers that were notified. */
export interface MetaStep extends StepCommon {
  readonly kind: "meta";
  readonly action: "end_host" | "end_play" | "flush_handlers";
}

export type Language = "elixir" | "erlang";

/** Source that is compiled here and shipped as a module with one function, `run`. */
export interface InlineCode {
  readonly language: Language;
  readonly source: string;
  /** Names of the variables that the code is given, in the order of the arguments of `run`. */
  readonly variables: readonly string[];
  /**
   * Whether the variables stand for values that were written inside the source, in a TypeScript play:
   * one that the code does not use has become part of a text.
   */
  readonly isTemplate: boolean;
  /** Whether it was encrypted, so that messages show places alone. */
  readonly isSecret?: true;
  /** Where the source stands, or what has it. */
  readonly location: Location;
  /** Where a character of the source stands; undefined where only {@linkcode location} is known. */
  locate(offset: number): Location | undefined;
}

/** A call whose module and function are known, and whose arguments may hold `${{ … }}`. */
export interface CallTemplate {
  /** As written. */
  readonly source: string;
  readonly language: Language;
  /** As the BEAM has it: `Elixir.RemoteHealth`, `lists`. */
  readonly module: string;
  readonly function: string;
  readonly arity: number;
  /**
   * @param scope Undefined before a run: a term without names stands for what depends on values.
   * @throws {FusionPlayError} `EXPRESSION_FAILED`, naming the expression
   */
  arguments(scope: Scope | undefined): readonly Term[];
}

/** Names that expressions may use, with their values: `vars`, `host`, `result`, registered names … */
export type Scope = Readonly<Record<string, Data>> & {
  /** Told what was made of secrets, so that nothing shows it. */
  readonly [HIDE]?: (data: Data) => void;
};

/** No name that an expression could use. */
export const HIDE: unique symbol = Symbol("hide");

/** A CEL expression, parsed and checked. */
export interface Expression {
  readonly source: string;
  readonly location: Location;
  /** Names of variables that it asks for, or reads under a condition: nothing need give them. */
  readonly optional: readonly string[];
  /** @throws {FusionPlayError} `EXPRESSION_FAILED`, naming the expression and the place in it */
  evaluate(scope: Scope): Data;
}

/** Any value of a playbook in whose strings `${{ … }}` may stand. */
export interface Template {
  /** A lone `${{ … }}` keeps the type of what it names, also that of a whole term. */
  evaluate(scope: Scope): Data;
}

/** What a key says, or gives on each host when the step begins there. */
export type OnHost<Fitting> = Fitting | HostTemplate<Fitting>;

/** A value of a playbook in which `${{ … }}` stands, and which must give something that fits its key. */
export interface HostTemplate<Fitting> {
  /** @throws {FusionPlayError} `EXPRESSION_FAILED` */
  evaluate(scope: Scope): Fitting;
}

/** An Erlang or Elixir pattern. */
export interface PatternMatcher {
  readonly source: string;
  /** The variables that the pattern binds, or `undefined` where it does not match. */
  match(term: Term): Readonly<Record<string, Term>> | undefined;
}

export interface SchemaCheck {
  /** What is wrong with `value`, one sentence each; empty where it satisfies the schema. */
  problems(value: Value): readonly string[];
}
