import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FusionPlayError } from "../errors.ts";
import { dataToValue, type Data } from "../etf/data.ts";
import { revealData, secretsIn } from "../etf/secret-data.ts";
import type { Value } from "../etf/value.ts";
import type { Host } from "../inventory/inventory.ts";
import { callerOf, withFileAs } from "../playbook/call-site.ts";
import { describeValue } from "../playbook/describe-value.ts";
import type { Facts } from "../playbook/facts.ts";
import { compileJsonSchema } from "../playbook/json-schema.ts";
import { nameHint } from "../playbook/name-hint.ts";
import type { PlayGroup } from "../playbook/play-group.ts";
import type { Handler, Location, Step, StepCommon } from "../playbook/playbook.ts";
import type {
  ApplicationInput,
  CallParts,
  CallStepOptions,
  EvalOptions,
  InlineSource,
  PlayHost,
  PushOptions,
  StepOptions,
} from "../playbook/play-host.ts";
import { checkGivenVariables, givenFlag, givenMapping, givenPurge, refuseValue } from "./given-value.ts";
import { applicationOf, callOf, commonOf, inlineCodeOf, moduleOf, templatesOf } from "./function-steps.ts";
import { plainVariables } from "./group-view.ts";
import { failuresOfSteps } from "./failures-of-steps.ts";
import type { StepEnd } from "./step-run.ts";

export interface PlayHostOptions {
  host: Host;
  /** The variables that the host has now. */
  vars: () => Readonly<Record<string, Data>>;
  /** Gives the host variables. */
  set: (vars: Readonly<Record<string, Data>>) => void;
  group: (name: string) => PlayGroup;
  /** Told of the secrets that the play gives. */
  onHidden: (data: Data) => void;
  /** Where the play stands, for messages about its steps. */
  location: Location;
  signal: AbortSignal;
  /** Does a step. @throws what keeps it from being begun */
  perform(step: Step): Promise<StepEnd>;
  /** What the host tells about itself. */
  facts(): Promise<Data>;
  /** What steps may notify. */
  handlers: readonly Handler[];
  notify(names: readonly string[]): void;
  /** Runs the handlers that were notified; gives the error of the one that failed. */
  flushHandlers(): Promise<FusionPlayError | undefined>;
  /** Reports a step that was decided here. */
  recordDecision(decision: Decision, failure: FusionPlayError | undefined): void;
}

/** A step that is decided here: an assertion, a failure that is wanted, or a call that cannot be made as it is written. */
export type Decision = Pick<Step, "name" | "location"> & {
  readonly kind: "assert" | "fail" | "run" | "eval" | "push";
};

/** The host that the function of a TypeScript play is given: each call is a step like any other. */
export class PlayHostSteps implements PlayHost {
  readonly name: string;
  readonly groups: readonly string[];
  readonly signal: AbortSignal;
  /** Errors that a step of the report tells already. */
  readonly toldErrors: WeakSet<FusionPlayError> = new WeakSet();
  readonly #options: PlayHostOptions;
  readonly #underWay: Set<Promise<unknown>> = new Set();
  /** What the handlers of the play are notified by. */
  readonly #notifiable: readonly string[];
  /** Why a step failed whose failure reached nobody. */
  #unseen: PromiseRejectedResult | undefined;

  constructor(options: PlayHostOptions) {
    this.#options = options;
    this.name = options.host.name;
    this.groups = options.host.groups;
    this.signal = options.signal;
    this.#notifiable = options.handlers.flatMap(({ step, listen }) => [step.name, ...listen]);
  }

  get vars(): Readonly<Record<string, Value>> {
    return plainVariables(this.#options.vars());
  }

  push(code: string | readonly string[] | ApplicationInput, options: PushOptions = {}): Promise<void> {
    const caller = callerOf(this.push);
    return this.#start("push", caller, () => {
      const purge = givenPurge(options.purge);
      const transaction = givenFlag("transaction", options.transaction);
      if (isApplication(code)) {
        const application = applicationOf(code);
        this.#hide(code.config ?? {});
        if (transaction) throw new FusionPlayError(NO_TRANSACTION, NO_TRANSACTION_DETAILS);
        const common = this.#common(options, `push app ${application.name}`, caller);
        return { ...common, kind: "push", modules: [], application, purge, transaction };
      }
      const names = [code].flat();
      const modules = names.map((name) => moduleOf("push", name));
      const common = this.#common(options, `push ${names.join(", ")}`, caller);
      return { ...common, kind: "push", modules, application: undefined, purge, transaction };
    });
  }

  run<Result>(call: string | CallParts, options: CallStepOptions = {}): Promise<Result> {
    const caller = callerOf(this.run);
    const check = this.#schemaCheck(options.schema, caller);
    return this.#start(
      "run",
      caller,
      () => {
        const template = callOf(call);
        if (typeof call !== "string") this.#hide(call.args ?? []);
        const run = { kind: "run" as const, call: template, purge: givenPurge(options.purge) };
        return Object.assign(this.#common(options, `run ${template.source}`, caller), run);
      },
      check,
    );
  }

  facts(): Promise<Facts> {
    return this.#track(this.#facts());
  }

  eval<Result>(code: InlineSource, { bindings, ...options }: EvalOptions = {}): Promise<Result> {
    const caller = callerOf(this.eval);
    const check = this.#schemaCheck(options.schema, caller);
    return this.#start(
      "eval",
      caller,
      () => {
        if (typeof code !== "object" || code === null) return refuseValue("eval", CODE, code);
        const values = {
          ...givenMapping("bindings", code.bindings),
          ...givenMapping("bindings", bindings),
        };
        this.#hide(values);
        const inline = inlineCodeOf(code, {
          variables: Object.keys(values),
          place: (at) => withFileAs(at ?? caller ?? this.#options.location, this.#options.location.file),
        });
        return Object.assign(this.#common(options, `eval ${inline.source.trim().split("\n")[0]}`, caller), {
          kind: "eval" as const,
          purge: givenPurge(options.purge),
          code: inline,
          bindings: templatesOf(values),
        });
      },
      check,
    );
  }

  assert(condition: boolean, message: string = "the condition is false"): void {
    this.signal.throwIfAborted();
    if (typeof condition !== "boolean") {
      throw new FusionPlayError(`Cannot assert: the condition is no boolean but ${typeof condition}`, {
        code: "CONDITION_FAILED",
      });
    }
    const error = new FusionPlayError(`Assertion failed: ${message}`, { code: "ASSERTION_FAILED" });
    const assertion = this.#decisionAt("assert", callerOf(this.assert));
    if (condition) this.#options.recordDecision(assertion, undefined);
    else throw this.#told(assertion, error);
  }

  fail(message: string): never {
    this.signal.throwIfAborted();
    const decision = this.#decisionAt("fail", callerOf(this.fail), "fail");
    throw this.#told(decision, new FusionPlayError(message, { code: "FAILED_BY_PLAY" }));
  }

  set(vars: Readonly<Record<string, Data>>): void {
    this.signal.throwIfAborted();
    checkGivenVariables(vars);
    this.#hide(vars);
    this.#options.set(vars);
  }

  notify(...names: readonly string[]): void {
    this.signal.throwIfAborted();
    this.#checkNotified(names);
    this.#options.notify(names);
  }

  flushHandlers(): Promise<void> {
    return this.#track(this.#flushHandlers());
  }

  group(name: string): PlayGroup {
    return this.#options.group(name);
  }

  /**
   * Waits for the steps that are still under way when the play has ended.
   *
   * @returns why the first of them failed, if one did: the play did not see it
   */
  async settled(): Promise<PromiseRejectedResult | undefined> {
    const results = await Promise.allSettled(this.#underWay);
    return results.find((result) => result.status === "rejected") ?? this.#unseen;
  }

  /** Reports a step that failed here, and gives its error. */
  #told(decision: Decision, error: FusionPlayError): FusionPlayError {
    this.#options.recordDecision(decision, error);
    this.toldErrors.add(error);
    return error;
  }

  /**
   * Makes what checks a result.
   *
   * @throws {FusionPlayError} `USAGE` for a schema that cannot be used, before anything is called
   */
  #schemaCheck(schema: CallStepOptions["schema"], caller: Location | undefined): ResultCheck | undefined {
    if (schema === undefined) return undefined;
    const compiled = compileJsonSchema(schema);
    if ("mistakes" in compiled) {
      const [mistake] = compiled.mistakes;
      throw new FusionPlayError(
        `Cannot use the schema of a result: ${mistake?.pointer ?? ""} ${mistake?.message ?? ""}`,
        { code: "USAGE", hint: "Write a JSON Schema (2020-12)" },
      );
    }
    const decision = this.#decisionAt("schema", caller);
    return (value) => {
      const problems = compiled.check.problems(value);
      if (problems.length === 0) return;
      const message = `Assertion failed: the result does not satisfy the schema: ${problems.join("; ")}`;
      throw this.#told(decision, new FusionPlayError(message, { code: "ASSERTION_FAILED" }));
    };
  }

  #hide(data: Data): void {
    for (const secret of secretsIn(data)) this.#options.onHidden(secret.reveal());
  }

  #start<Result>(
    kind: Decision["kind"],
    caller: Location | undefined,
    make: () => Step,
    check?: ResultCheck,
  ): Promise<Result> {
    return this.#track(this.#perform<Result>(kind, caller, make, check));
  }

  /** Makes a step; what it cannot be made of is reported where it stands. */
  #made(kind: Decision["kind"], caller: Location | undefined, make: () => Step): Step {
    try {
      return make();
    } catch (error) {
      throw error instanceof FusionPlayError
        ? this.#told(this.#decisionAt(kind, caller, kind), error)
        : error;
    }
  }

  /** Something that the play does not wait for must not end the process when it fails. */
  #track<Result>(result: Promise<Result>): Promise<Result> {
    this.#underWay.add(result);
    const forget = (): void => void this.#underWay.delete(result);
    result.then(forget, forget);
    return result;
  }

  async #perform<Result>(
    kind: Decision["kind"],
    caller: Location | undefined,
    make: () => Step,
    check?: ResultCheck,
  ): Promise<Result> {
    try {
      // A play that goes on after the end of the host's part must not start anything more.
      this.signal.throwIfAborted();
      const { data, error } = await this.#options.perform(this.#made(kind, caller, make));
      if (error !== undefined) {
        this.toldErrors.add(error);
        throw error;
      }
      // Who asked for it is given the result of a step with no_log, too.
      const value = dataToValue(revealData(data));
      check?.(value);
      return value as Result;
    } catch (error) {
      return await this.#fail(error);
    }
  }

  async #facts(): Promise<Facts> {
    try {
      this.signal.throwIfAborted();
      return dataToValue(await this.#options.facts()) as unknown as Facts;
    } catch (error) {
      return await this.#fail(error);
    }
  }

  async #flushHandlers(): Promise<void> {
    try {
      this.signal.throwIfAborted();
      const error = await this.#options.flushHandlers();
      if (error === undefined) return;
      this.toldErrors.add(error);
      throw error;
    } catch (error) {
      await this.#fail(error);
    }
  }

  /**
   * Tells the play of a failure after a pause. One that catches it and tries again at once would otherwise leave the
   * process no time for anything else: not for other hosts, and not for Ctrl-C.
   */
  async #fail(error: unknown): Promise<never> {
    const isOver = this.signal.aborted;
    if (error instanceof FusionPlayError) {
      failuresOfSteps.set(error, () => (this.#unseen ??= { status: "rejected", reason: error }));
    }
    await sleep(isOver ? PAUSE_AFTER_END_MS : 0, undefined, { ref: !isOver });
    throw error;
  }

  #common(options: StepOptions, title: string, caller: Location | undefined): StepCommon {
    const common = commonOf(options, title, this.#locationOf(caller));
    this.#checkNotified(common.notify);
    return common;
  }

  /** What a step is called that has no name but a place in the play. */
  #decisionAt(what: string, caller: Location | undefined, kind: Decision["kind"] = "assert"): Decision {
    const name = caller === undefined ? what : `${what} at ${basename(caller.file)}:${caller.line}`;
    return { name, location: this.#locationOf(caller), kind };
  }

  #locationOf(caller: Location | undefined): Location {
    const { location } = this.#options;
    return caller === undefined ? location : withFileAs(caller, location.file);
  }

  /** @throws {FusionPlayError} `USAGE` for a name that no handler has */
  #checkNotified(names: readonly string[]): void {
    const known = this.#notifiable;
    const at = names.findIndex((name) => !known.includes(name));
    if (at === -1) return;
    const unknown = names[at];
    if (typeof unknown !== "string") {
      const what = `Cannot notify ${describeValue(unknown)}: a handler is notified by its name`;
      throw new FusionPlayError(what, { code: "USAGE" });
    }
    throw new FusionPlayError(`Cannot notify "${unknown}": the play has no handler of this name`, {
      code: "USAGE",
      hint: nameHint(unknown, known, "The handlers of the play") ?? 'Write it below "handlers" of the play',
    });
  }
}

function isApplication(code: string | readonly string[] | ApplicationInput): code is ApplicationInput {
  return typeof code === "object" && code !== null && !Array.isArray(code);
}

/** Nobody waits for a play whose part is over. */
const PAUSE_AFTER_END_MS = 100;

/** Throws where a result is not as it must be. */
type ResultCheck = (value: Value) => void;

const CODE = 'a mapping with "elixir" or "erlang"';

const NO_TRANSACTION =
  "Cannot push an application in a transaction: its files, environment and start cannot be taken back";
const NO_TRANSACTION_DETAILS = {
  code: "USAGE",
  hint: "Push its modules by their names in a step before, in a transaction",
} as const;
