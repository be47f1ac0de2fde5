import { FusionPlayError } from "../errors.ts";
import { dataToTerm, type Data } from "../etf/data.ts";
import { fillSyntax } from "../etf/fill-syntax.ts";
import { displayFunction, isElixirModule } from "../etf/module-name.ts";
import { parseCall } from "../etf/parse-call.ts";
import { applicationName } from "../playbook/application-name.ts";
import { parseDuration } from "../playbook/duration.ts";
import { inlineTemplateOf } from "../playbook/inline-template.ts";
import { LEAST_HEAP_BYTES } from "../playbook/max-heap.ts";
import { moduleName } from "../playbook/module-name.ts";
import { nameHint } from "../playbook/name-hint.ts";
import type {
  ApplicationInput,
  CallParts,
  EvalOptions,
  InlineSource,
  PushOptions,
  StepOptions,
} from "../playbook/play-host.ts";
import { parseSize } from "../playbook/size.ts";
import { STEP_DEFAULTS } from "../playbook/step-defaults.ts";
import type {
  ApplicationTemplate,
  CallTemplate,
  Delegate,
  InlineCode,
  Location,
  StepCommon,
  Template,
} from "../playbook/playbook.ts";
import { givenFlag, givenMapping, givenText, refuseValue } from "./given-value.ts";

/** As for steps in YAML. */
const DEFAULT_DELAY_MS = 5000;

/**
 * What the options of a step say that any kind of step may have.
 *
 * Each property is written down: V8 of Node.js 20 takes fifteen times as long to take them over from the defaults with
 * `Object.assign()`, and ten times that to spread these.
 *
 * @throws {FusionPlayError} `USAGE`
 */
export function commonOf(options: StepOptions, title: string, location: Location): StepCommon {
  refuseUnknown(options);
  const { name, timeout, delay, notify, delegate_to: delegate, max_heap: maxHeap } = options;
  return {
    name: name === undefined ? title : givenText("name", name),
    nameOnHost: STEP_DEFAULTS.nameOnHost,
    when: STEP_DEFAULTS.when,
    loop: STEP_DEFAULTS.loop,
    register: STEP_DEFAULTS.register,
    timeoutMs: timeout === undefined ? undefined : millisecondsOf("timeout", timeout),
    maxHeapBytes: maxHeap === undefined ? undefined : bytesOf(maxHeap),
    retries: options.retries === undefined ? 0 : countOf("retries", options.retries, 0),
    delayMs: delay === undefined ? DEFAULT_DELAY_MS : millisecondsOf("delay", delay),
    backoff: factorOf(options.backoff),
    until: STEP_DEFAULTS.until,
    vars: STEP_DEFAULTS.vars,
    tags: STEP_DEFAULTS.tags,
    ignoreErrors: STEP_DEFAULTS.ignoreErrors,
    ignoreUnreachable: STEP_DEFAULTS.ignoreUnreachable,
    runOnce: givenFlag("run_once", options.run_once),
    anyErrorsFatal: STEP_DEFAULTS.anyErrorsFatal,
    delegateTo: delegate === undefined ? undefined : delegateOf(delegate, location),
    throttle: options.throttle === undefined ? undefined : countOf("throttle", options.throttle, 1),
    failedWhen: STEP_DEFAULTS.failedWhen,
    changedWhen: STEP_DEFAULTS.changedWhen,
    notify: notify === undefined ? STEP_DEFAULTS.notify : [notify].flat(),
    noLog: givenFlag("no_log", options.no_log),
    required: STEP_DEFAULTS.required,
    location,
  };
}

/** Modules are loaded without a type check, so a mistyped name would otherwise have no effect. */
function refuseUnknown(options: StepOptions): void {
  if (typeof options !== "object") return refuseValue("options", "a mapping", options);
  for (const name in options) {
    if (OPTIONS.has(name)) continue;
    throw new FusionPlayError(`Cannot run the step: there is no option "${name}"`, {
      code: "USAGE",
      hint: nameHint(name, [...OPTIONS], "The options") ?? "Leave it out",
    });
  }
}

/** Those of all calls of a host. */
const OPTIONS: ReadonlySet<string> = new Set<keyof (EvalOptions & PushOptions)>([
  "name",
  "timeout",
  "max_heap",
  "retries",
  "delay",
  "backoff",
  "delegate_to",
  "run_once",
  "throttle",
  "notify",
  "no_log",
  "purge",
  "schema",
  "bindings",
  "transaction",
]);

function countOf(option: "retries" | "throttle", count: number, least: 0 | 1): number {
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw new FusionPlayError(
    `Cannot run the step: ${option} must be a whole number of at least ${least}, got ${String(count)}`,
    { code: "USAGE", hint: `Leave it out for ${option === "retries" ? "no retries" : "no limit"}` },
  );
}

function millisecondsOf(option: "timeout" | "delay", duration: string | number): number {
  const ms = isNumberOrText(duration) ? parseDuration(duration) : undefined;
  if (ms !== undefined && (ms > 0 || option === "delay")) return ms;
  throw new FusionPlayError(`Cannot run the step: ${option} "${String(duration)}" is no duration`, {
    code: "USAGE",
    hint: 'Write seconds, or text such as "10s"',
  });
}

function bytesOf(size: string | number): number {
  const bytes = isNumberOrText(size) ? parseSize(size) : undefined;
  if (bytes !== undefined && bytes >= LEAST_HEAP_BYTES) return bytes;
  throw new FusionPlayError(`Cannot run the step: max_heap "${String(size)}" is no size of at least 64KB`, {
    code: "USAGE",
    hint: 'Write text such as "256MB", or a number of bytes',
  });
}

/** Of a list of one, regular expressions would take what it holds. */
function isNumberOrText(value: unknown): boolean {
  return typeof value === "number" || typeof value === "string";
}

function factorOf(backoff: StepOptions["backoff"]): number {
  if (backoff === undefined || backoff === "constant") return 1;
  if (backoff === "exponential") return 2;
  if (typeof backoff === "number" && backoff >= 1 && backoff < Infinity) return backoff;
  throw new FusionPlayError(
    `Cannot run the step: backoff must be "constant", "exponential" or a factor of at least 1, got ${String(backoff)}`,
    { code: "USAGE", hint: "Leave it out for pauses that stay as long" },
  );
}

function delegateOf(given: string, location: Location): Delegate {
  const name = givenText("delegate_to", given);
  return { name, source: name, location, sourceLine: undefined, evaluate: () => name };
}

export function applicationOf({ app, config, start }: ApplicationInput): ApplicationTemplate {
  const name = applicationName(givenText("app", app));
  if (name === undefined) {
    throw new FusionPlayError(`Cannot read the name of the application "${app}"`, {
      code: "TERM_INVALID",
      hint: "Write it as its .app file is called: my_app",
    });
  }
  const values = templatesOf(givenMapping("config", config));
  return { name, config: values, start: givenFlag("start", start) };
}

/** Values that a play gives as they are. */
export function templatesOf(values: Readonly<Record<string, Data>>): Readonly<Record<string, Template>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, data]): [string, Template] => [name, { evaluate: () => data }]),
  );
}

/** @param key where the name stands */
export function moduleOf(key: string, text: string): string {
  const module = moduleName(givenText(key, text));
  if (module !== undefined) return module;
  throw new FusionPlayError(`Cannot read the module name "${text}"`, {
    code: "TERM_INVALID",
    hint: "Write it as in code: RemoteHealth, my_app or :my_app",
  });
}

/** @param place gives a place as it is told; without one, that of the call */
export function inlineCodeOf(
  code: InlineSource,
  { variables, place }: { variables: readonly string[]; place: (at: Location | undefined) => Location },
): InlineCode {
  const template = inlineTemplateOf(code);
  const [language, source] =
    "elixir" in code ? (["elixir", code.elixir] as const) : (["erlang", code.erlang] as const);
  return {
    language,
    source: givenText(language, source),
    variables,
    isTemplate: template !== undefined,
    location: place(template?.location),
    locate(offset) {
      const at = template?.locate(offset);
      return at === undefined ? undefined : place(at);
    },
  };
}

export function callOf(call: string | CallParts): CallTemplate {
  if (typeof call !== "string") {
    if (typeof call !== "object" || call === null) return refuseValue("call", CALL, call);
    const { args = [] } = call;
    const module = moduleOf("module", call.module);
    const name = givenText("function", call.function);
    if (!Array.isArray(args)) return refuseValue("args", "a list", args);
    return {
      source: displayFunction(module, name, args.length),
      language: isElixirModule(module) ? "elixir" : "erlang",
      module,
      function: name,
      arity: args.length,
      arguments: () => args.map(dataToTerm),
    };
  }
  const known = readCalls.get(call);
  if (known !== undefined) return known;
  const read = readCall(call);
  if (readCalls.size >= MAX_READ_CALLS) readCalls.clear();
  readCalls.set(call, read);
  return read;
}

const CALL = "text, or a mapping with module, function and args";

/** Calls by their text: functions of plays make the same few again and again, and on every host. */
const readCalls = new Map<string, CallTemplate>();
const MAX_READ_CALLS = 1000;

function readCall(call: string): CallTemplate {
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
