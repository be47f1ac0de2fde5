import { basename } from "node:path";
import { FusionPlayError } from "../errors.ts";
import { dataToTerm, dataToValue, type Data } from "../etf/data.ts";
import type { Value } from "../etf/value.ts";
import { parseCall } from "../etf/parse-call.ts";
import { displayFunction, isElixirModule } from "../etf/module-name.ts";
import { fillSyntax } from "../etf/fill-syntax.ts";
import type { Host } from "../inventory/inventory.ts";
import { applicationName } from "../playbook/application-name.ts";
import { moduleName } from "../playbook/module-name.ts";
import type { Facts } from "../playbook/facts.ts";
import { callerOf, withFileAs } from "../playbook/call-site.ts";
import { compileJsonSchema } from "../playbook/json-schema.ts";
import type { PlayGroup } from "../playbook/play-group.ts";
import { inlineTemplateOf } from "../playbook/inline-template.ts";
import { parseDuration } from "../playbook/duration.ts";
import { STEP_DEFAULTS } from "../playbook/step-defaults.ts";
import type {
  ApplicationTemplate,
  CallTemplate,
  InlineCode,
  Location,
  Step,
  StepCommon,
  Template,
} from "../playbook/playbook.ts";
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
import { plainVariables } from "./group-view.ts";
import type { StepEnd } from "./step-run.ts";

export interface PlayHostOptions {
  host: Host;
  /** The variables that the host has now. */
  vars: () => Readonly<Record<string, Data>>;
  /** Gives the host variables. */
  set: (vars: Readonly<Record<string, Data>>) => void;
  group: (name: string) => PlayGroup;
  /** Where the play stands, for messages about its steps. */
  location: Location;
  signal: AbortSignal;
  perform(step: Step): Promise<StepEnd>;
  /** What the host tells about itself. */
  facts(): Promise<Data>;
  /** Reports an assertion that was decided here. */
  recordAssertion(name: string, failure: FusionPlayError | undefined): void;
}

/** The host that the function of a TypeScript play is given: each call is a step like any other. */
export class PlayHostSteps implements PlayHost {
  readonly name: string;
  readonly groups: readonly string[];
  readonly signal: AbortSignal;
  /** Errors that a step of the report tells already. */
  readonly toldErrors: WeakSet<FusionPlayError> = new WeakSet();
  readonly #options: PlayHostOptions;
  readonly #underWay: Set<Promise<unknown>> = new Set();

  constructor(options: PlayHostOptions) {
    this.#options = options;
    this.name = options.host.name;
    this.groups = options.host.groups;
    this.signal = options.signal;
  }

  get vars(): Readonly<Record<string, Value>> {
    return plainVariables(this.#options.vars());
  }

  push(code: string | readonly string[] | ApplicationInput, options: PushOptions = {}): Promise<void> {
    return this.#start(() => {
      const { purge = "soft", transaction = false } = options;
      if (typeof code === "object" && "app" in code) {
        const application = applicationOf(code);
        if (transaction) throw new FusionPlayError(NO_TRANSACTION, NO_TRANSACTION_DETAILS);
        const common = this.#common(options, `push app ${application.name}`);
        return { ...common, kind: "push", modules: [], application, purge, transaction };
      }
      const names = [code].flat();
      const common = this.#common(options, `push ${names.join(", ")}`);
      const modules = names.map(moduleOf);
      return { ...common, kind: "push", modules, application: undefined, purge, transaction };
    });
  }

  run<Result>(call: string | CallParts, options: CallStepOptions = {}): Promise<Result> {
    const check = this.#schemaCheck(options.schema, this.run);
    return this.#start(() => {
      const template = callOf(call);
      return {
        ...this.#common(options, `run ${template.source}`),
        kind: "run",
        call: template,
        purge: options.purge ?? "soft",
      };
    }, check);
  }

  facts(): Promise<Facts> {
    this.signal.throwIfAborted();
    return this.#track(this.#options.facts().then((facts) => dataToValue(facts) as unknown as Facts));
  }

  eval<Result>(code: InlineSource, { bindings, ...options }: EvalOptions = {}): Promise<Result> {
    const caller = callerOf(this.eval);
    const check = this.#schemaCheck(options.schema, this.eval);
    return this.#start(() => {
      const values = { ...code.bindings, ...bindings };
      const inline = inlineCodeOf(code, {
        variables: Object.keys(values),
        place: (at) => withFileAs(at ?? caller ?? this.#options.location, this.#options.location.file),
      });
      return {
        ...this.#common(options, `eval ${inline.source.trim().split("\n")[0]}`),
        kind: "eval",
        purge: options.purge ?? "soft",
        code: inline,
        bindings: templatesOf(values),
      };
    }, check);
  }

  assert(condition: boolean, message: string = "the condition is false"): void {
    this.signal.throwIfAborted();
    if (typeof condition !== "boolean") {
      throw new FusionPlayError(`Cannot assert: the condition is no boolean but ${typeof condition}`, {
        code: "CONDITION_FAILED",
      });
    }
    const error = new FusionPlayError(`Assertion failed: ${message}`, { code: "ASSERTION_FAILED" });
    if (condition) this.#options.recordAssertion(titleAt("assert", this.assert), undefined);
    else throw this.#told(titleAt("assert", this.assert), error);
  }

  fail(message: string): never {
    this.signal.throwIfAborted();
    throw this.#told(titleAt("fail", this.fail), new FusionPlayError(message, { code: "FAILED_BY_PLAY" }));
  }

  set(vars: Readonly<Record<string, Data>>): void {
    this.signal.throwIfAborted();
    const wrong = Object.keys(vars).find((name) => !/^[A-Za-z_]\w*$/.test(name));
    if (wrong !== undefined) {
      throw new FusionPlayError(`Cannot set the variable "${wrong}": no variable can have this name`, {
        code: "USAGE",
        hint: "A name is made of letters, digits and underscores, and does not start with a digit",
      });
    }
    this.#options.set(vars);
  }

  group(name: string): PlayGroup {
    return this.#options.group(name);
  }

  /**
   * Waits for the steps that are still under way when the play has ended.
   *
   * @returns why the first of them failed, if one did: the play did not see it
   */
  async settled(): Promise<unknown> {
    const results = await Promise.allSettled(this.#underWay);
    return results.find((result) => result.status === "rejected")?.reason;
  }

  /** Reports an assertion that does not hold, and gives its error. */
  #told(name: string, error: FusionPlayError): FusionPlayError {
    this.#options.recordAssertion(name, error);
    this.toldErrors.add(error);
    return error;
  }

  /**
   * Makes what checks a result.
   *
   * @throws {FusionPlayError} `USAGE` for a schema that cannot be used, before anything is called
   */
  #schemaCheck(
    schema: CallStepOptions["schema"],
    method: (...args: never[]) => unknown,
  ): ResultCheck | undefined {
    if (schema === undefined) return undefined;
    const compiled = compileJsonSchema(schema);
    if ("mistakes" in compiled) {
      const [mistake] = compiled.mistakes;
      throw new FusionPlayError(
        `Cannot use the schema of a result: ${mistake?.pointer ?? ""} ${mistake?.message ?? ""}`,
        { code: "USAGE", hint: "Write a JSON Schema (2020-12)" },
      );
    }
    const title = titleAt("schema", method);
    return (value) => {
      const problems = compiled.check.problems(value);
      if (problems.length === 0) return;
      const message = `Assertion failed: the result does not satisfy the schema: ${problems.join("; ")}`;
      throw this.#told(title, new FusionPlayError(message, { code: "ASSERTION_FAILED" }));
    };
  }

  #start<Result>(make: () => Step, check?: ResultCheck): Promise<Result> {
    return this.#track(this.#perform<Result>(make, check));
  }

  /** Something that the play does not wait for must not end the process when it fails. */
  #track<Result>(result: Promise<Result>): Promise<Result> {
    this.#underWay.add(result);
    const forget = (): void => void this.#underWay.delete(result);
    result.then(forget, forget);
    return result;
  }

  async #perform<Result>(make: () => Step, check?: ResultCheck): Promise<Result> {
    // A play that goes on after the end of the host's part must not start anything more.
    this.signal.throwIfAborted();
    const { data, error } = await this.#options.perform(make());
    if (error !== undefined) {
      this.toldErrors.add(error);
      throw error;
    }
    const value = dataToValue(data);
    check?.(value);
    return value as Result;
  }

  #common({ name, timeout }: StepOptions, title: string): StepCommon {
    const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout);
    if (timeout !== undefined && timeoutMs === undefined) {
      throw new FusionPlayError(`Cannot run the step: timeout "${timeout}" is no duration`, {
        code: "USAGE",
        hint: 'Write seconds, or text such as "10s"',
      });
    }
    return { ...STEP_DEFAULTS, name: name ?? title, timeoutMs, location: this.#options.location };
  }
}

/** Throws where a result is not as it must be. */
type ResultCheck = (value: Value) => void;

/** What a step is called that has no name but a place in the play. */
function titleAt(kind: string, method: (...args: never[]) => unknown): string {
  const place = callerOf(method);
  return place === undefined ? kind : `${kind} at ${basename(place.file)}:${place.line}`;
}

const NO_TRANSACTION =
  "Cannot push an application in a transaction: its files, environment and start cannot be taken back";
const NO_TRANSACTION_DETAILS = {
  code: "USAGE",
  hint: "Push its modules by their names in a step before, in a transaction",
} as const;

function applicationOf({ app, config = {}, start = false }: ApplicationInput): ApplicationTemplate {
  const name = applicationName(app);
  if (name === undefined) {
    throw new FusionPlayError(`Cannot read the name of the application "${app}"`, {
      code: "TERM_INVALID",
      hint: "Write it as its .app file is called: my_app",
    });
  }
  return { name, config: templatesOf(config), start };
}

/** Values that a play gives as they are. */
function templatesOf(values: Readonly<Record<string, Data>>): Readonly<Record<string, Template>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, data]): [string, Template] => [name, { evaluate: () => data }]),
  );
}

function moduleOf(text: string): string {
  const module = moduleName(text);
  if (module !== undefined) return module;
  throw new FusionPlayError(`Cannot read the module name "${text}"`, {
    code: "TERM_INVALID",
    hint: "Write it as in code: RemoteHealth, my_app or :my_app",
  });
}

/** @param place gives a place as it is told; without one, that of the call */
function inlineCodeOf(
  code: InlineSource,
  { variables, place }: { variables: readonly string[]; place: (at: Location | undefined) => Location },
): InlineCode {
  const template = inlineTemplateOf(code);
  const [language, source] =
    "elixir" in code ? (["elixir", code.elixir] as const) : (["erlang", code.erlang] as const);
  return {
    language,
    source,
    variables,
    isTemplate: template !== undefined,
    location: place(template?.location),
    locate(offset) {
      const at = template?.locate(offset);
      return at === undefined ? undefined : place(at);
    },
  };
}

function callOf(call: string | CallParts): CallTemplate {
  if (typeof call !== "string") {
    const args = call.args ?? [];
    const module = moduleOf(call.module);
    return {
      source: displayFunction(module, call.function, args.length),
      language: isElixirModule(module) ? "elixir" : "erlang",
      module,
      function: call.function,
      arity: args.length,
      arguments: () => args.map(dataToTerm),
    };
  }
  const { language, module, function: name, args } = parseCall(call);
  return {
    source: call,
    language,
    module,
    function: name,
    arity: args.length,
    arguments: () => args.map((arg) => fillSyntax(arg, refusePlaceholder)),
  };
}

function refusePlaceholder(): never {
  throw new FusionPlayError("Cannot read the call: `${{ … }}` has no meaning in a TypeScript play", {
    code: "TERM_INVALID",
    hint: "Give the arguments as values: host.run({ module, function, args })",
  });
}
