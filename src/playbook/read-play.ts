import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { describeNode } from "../documents/describe-node.ts";
import { keyText } from "../documents/key-text.ts";
import type { DocumentNode, MappingNode, ScalarNode } from "../documents/node.ts";
import { entryOf, valueOf } from "../documents/node-at.ts";
import { compileSchema, type CompiledSchema } from "../documents/validate.ts";
import type { Value } from "../etf/value.ts";
import { beforeRunOf, readBeforeRun, type BeforeRun } from "./before-run.ts";
import { FACTS_NAME } from "./facts.ts";
import { NOT_IMPORTED, variablesAbove, type ImportKeys } from "./import-keys.ts";
import { PLAY_NAMES, STEP_NAMES } from "./names.ts";
import { numberIn, numberOf } from "./numbers.ts";
import { PLAY_SCHEMA } from "./play-schema.ts";
import type { CodeLoading, HostOrder, Play, StrategyName, VariablesFile } from "./playbook.ts";
import type { StepsFunction } from "./play-host.ts";
import { checkSchema, report, type Reading } from "./playbook-source.ts";
import { readPolicy } from "./read-policy.ts";
import { readPrompts, withoutForeignPromptKeys } from "./read-prompts.ts";
import { refuseTags } from "./refuse-tags.ts";
import { namesOfHandlers, readHandlers } from "./read-handlers.ts";
import { readPlayName } from "./read-name.ts";
import { reportForeignKeys } from "./read-step.ts";
import { readSteps } from "./read-steps.ts";
import { NOTHING_INHERITED } from "./step-defaults.ts";
import { oneOrMore, textOf } from "./step-context.ts";
import { hasTemplate, readVariableTemplates } from "./template.ts";
import { readSerial } from "./serial.ts";
import { isTemplate } from "./template-text.ts";
import { variablesFilesOf } from "./variables-files.ts";

/** Reads a play. Of one that has mistakes nothing can be relied on: its playbook is refused. */
export function readPlay(
  reading: Reading,
  node: DocumentNode,
  imported: ImportKeys = NOT_IMPORTED,
): Play | undefined {
  if (node.kind !== "mapping" || node.tag !== undefined) {
    report(reading, node, {
      message: `A play expects a mapping with "hosts" and "steps", got ${describeNode(node)}`,
    });
    return undefined;
  }
  const own = reportForeignKeys(reading, node);
  const gatherFacts = readSwitch(valueOf(node, "gather_facts"));
  // Hosts keep them for later plays.
  if (gatherFacts) reading.registered.add(FACTS_NAME);
  const written = stepsWrittenIn(node);
  const stepsFunction = written && functionOf(reading, written);
  const steps = stepsFunction === undefined ? written : NO_STEPS;
  const handlers = valueOf(node, "handlers");
  checkPlay(reading, own, { steps, handlers });
  if (stepsFunction !== undefined) refuseWhatNeedsList(reading, node, imported);
  const variables = readVariables(reading, node, imported);
  const beforeRun = beforeRunOf(reading, variables);
  const hosts = readHosts(reading, valueOf(node, "hosts"), beforeRun);
  const modules = readTexts(reading, valueOf(node, "modules"), "modules");
  return {
    name: readPlayName(reading, node, beforeRun) ?? hosts,
    hosts,
    hostsLocation: reading.source.locate(valueOf(node, "hosts") ?? node),
    modules: modules.map((path) => absolutePath(reading, path)),
    codeLoading: readCodeLoading(valueOf(node, "code_loading")),
    bundle: readBundle(reading, valueOf(node, "runtime")),
    transport: readTransport(valueOf(node, "transport")),
    ...variables,
    ...stepsOf(reading, { steps: stepsFunction ?? steps, handlers }, { imported, beforeRun }),
    forceHandlers: readSwitch(valueOf(node, "force_handlers")),
    serial: readSerial(reading, valueOf(node, "serial"), beforeRun),
    maxFailPercentage: readPercentage(reading, valueOf(node, "max_fail_percentage"), beforeRun),
    strategy: readStrategy(valueOf(node, "strategy")),
    order: readOrder(valueOf(node, "order")),
    anyErrorsFatal: readSwitch(valueOf(node, "any_errors_fatal")),
    ignoreUnreachable: readSwitch(valueOf(node, "ignore_unreachable")),
    gatherFacts,
    policy: readPolicy(reading, node),
    tags: imported.tags,
    location: reading.source.locate(node),
  };
}

let playSchema: CompiledSchema | undefined;

/** The lists of a play whose items are steps. */
interface StepLists {
  readonly steps: DocumentNode | undefined;
  readonly handlers: DocumentNode | undefined;
}

/** Checks the keys of a play, and of its steps and handlers only that they are lists. */
function checkPlay(reading: Reading, node: MappingNode, { steps, handlers }: StepLists): void {
  const isList = (key: string): boolean => key === "steps" || key === "handlers";
  refuseTags(reading, { ...node, entries: node.entries.filter(({ key }) => !isList(keyText(key))) });
  for (const list of [steps, handlers]) if (list?.tag !== undefined) refuseTags(reading, list);
  const others = { ...node, entries: node.entries.filter(({ key }) => keyText(key) !== "steps") };
  const entries =
    steps === undefined ? others.entries : [...others.entries, { key: STEPS_KEY, value: steps }];
  playSchema ??= compileSchema(PLAY_SCHEMA);
  const known = entries.map((entry) =>
    keyText(entry.key) === "vars_prompt"
      ? { ...entry, value: withoutForeignPromptKeys(reading, entry.value) }
      : entry,
  );
  checkSchema(reading, { ...others, entries: known }, playSchema);
}

/** Who wrote "tasks" meant the steps, so these are read as such. */
function stepsWrittenIn(play: MappingNode): DocumentNode | undefined {
  return (entryOf(play, "steps") ?? entryOf(play, "tasks"))?.value;
}

/** Refuses what only a list of steps can do, in a play whose steps are a function. */
function refuseWhatNeedsList(reading: Reading, play: MappingNode, imported: ImportKeys): void {
  const strategy = valueOf(play, "strategy");
  if (readStrategy(strategy) === "linear") {
    report(reading, strategy ?? play, {
      message: '"strategy: linear" needs a list of steps, and here the steps are a function',
      hint: "Steps of a function are known only as it runs: use host_pinned or free",
    });
  }
  if (imported.condition.when.length > 0) {
    report(reading, stepsWrittenIn(play) ?? play, {
      message: 'This play is imported with "when", which needs a list of steps, and here they are a function',
      hint: "Let the function look at host.vars, or import the playbook without when",
    });
  }
}

function readVariables(
  reading: Reading,
  play: MappingNode,
  imported: ImportKeys,
): Pick<Play, "vars" | "varsFiles" | "prompts"> {
  const own = readVariableTemplates(reading, valueOf(play, "vars"), [...PLAY_NAMES, ...reading.registered]);
  return {
    vars: variablesAbove(imported.vars, own),
    varsFiles: readVarsFiles(reading, play),
    prompts: readPrompts(reading, valueOf(play, "vars_prompt")),
  };
}

/** The files of variables, which have been read. */
function readVarsFiles(reading: Reading, play: DocumentNode): readonly VariablesFile[] {
  for (const item of oneOrMore(valueOf(play, "vars_files"))) readTexts(reading, item, "vars_files");
  return variablesFilesOf(reading, play);
}

const STEPS_KEY: ScalarNode = {
  kind: "scalar",
  value: "steps",
  isFloat: false,
  source: "steps",
  tag: undefined,
  range: [0, 0],
};

/** What the schema sees of a function: it wants a list. */
const NO_STEPS: DocumentNode = { kind: "sequence", items: [], tag: undefined, range: [0, 0] };

function functionOf(reading: Reading, node: DocumentNode): StepsFunction | undefined {
  if (node.tag !== "!function") return undefined;
  const value: unknown = reading.source.data(node, []);
  return typeof value === "function" ? (value as StepsFunction) : undefined;
}

function stepsOf(
  reading: Reading,
  lists: { steps: DocumentNode | StepsFunction | undefined; handlers: DocumentNode | undefined },
  { imported: { condition, tags }, beforeRun }: { imported: ImportKeys; beforeRun: BeforeRun },
): Pick<Play, "steps" | "handlers"> {
  const known = [...PLAY_NAMES, ...STEP_NAMES, ...reading.registered];
  const before = {
    known,
    language: undefined,
    isFirst: true,
    isUncertain: false,
    inherited: { ...NOTHING_INHERITED, when: condition.when, tags },
    required: condition.required,
    beforeRun,
    handlers: { notifiable: namesOfHandlers(lists.handlers), passed: [], isHandler: false },
  };
  const { steps, after } =
    typeof lists.steps === "function"
      ? { steps: lists.steps, after: before }
      : readSteps(reading, lists.steps, before);
  // As in Ansible: they go with the steps that notify them.
  const afterSteps = { ...after, inherited: NOTHING_INHERITED, required: [] };
  return { steps, handlers: readHandlers(reading, lists.handlers, afterSteps) };
}

/** Stands in for a pattern that is not known yet. */
const ANY_HOST = "all";

function readHosts(reading: Reading, node: DocumentNode | undefined, beforeRun: BeforeRun): string {
  if (node === undefined || !hasTemplate(node)) return readTexts(reading, node, "hosts").join(",");
  const hosts = readBeforeRun(reading, node, {
    beforeRun,
    key: "hosts",
    expected: "a host pattern or a list of them",
    parse: patternIn,
  });
  return hosts ?? ANY_HOST;
}

function patternIn(value: Value): string | undefined {
  const items: readonly Value[] = Array.isArray(value) ? value : [value];
  const patterns = items.filter((item) => typeof item === "string").filter((text) => text.trim() !== "");
  return patterns.length === items.length && items.length > 0 ? patterns.join(",") : undefined;
}

/** Reads texts that are needed before any value is known. */
function readTexts(reading: Reading, node: DocumentNode | undefined, key: string): string[] {
  const texts: string[] = [];
  for (const item of oneOrMore(node)) {
    const text = textOf(item);
    if (text === undefined) continue;
    if (isTemplate(text)) {
      report(reading, item, {
        message: `"${key}" cannot hold \${{ … }}: it is needed before any value is known`,
        hint: key === "modules" ? "List all paths: hosts get only what their steps need" : undefined,
      });
    } else if (text.trim() === "") report(reading, item, { message: `"${key}" is empty` });
    texts.push(text);
  }
  return texts;
}

function absolutePath({ source }: Reading, path: string): string {
  const expanded = path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path;
  return resolve(dirname(source.text.path), expanded);
}

function readSwitch(node: DocumentNode | undefined): boolean {
  return node?.kind === "scalar" && node.value === true;
}

function readCodeLoading(node: DocumentNode | undefined): CodeLoading {
  const text = node === undefined ? undefined : textOf(node);
  return text === "on_demand" || text === "closure+on_demand" ? text : "closure";
}

function readStrategy(node: DocumentNode | undefined): StrategyName {
  const text = node === undefined ? undefined : textOf(node);
  return text === "linear" || text === "free" ? text : "host_pinned";
}

function readBundle(reading: Reading, node: DocumentNode | undefined): string | undefined {
  const [path] = node?.kind === "mapping" ? readTexts(reading, valueOf(node, "bundle"), "bundle") : [];
  return path === undefined ? undefined : absolutePath(reading, path);
}

function readTransport(node: DocumentNode | undefined): Play["transport"] {
  const text = node === undefined ? undefined : textOf(node);
  return text === "auto" || text === "tunnels" || text === "stdio" ? text : undefined;
}

function readOrder(node: DocumentNode | undefined): HostOrder {
  const text = node === undefined ? undefined : textOf(node);
  switch (text) {
    case "reverse_inventory":
    case "sorted":
    case "reverse_sorted":
    case "shuffle":
      return text;
    default:
      return "inventory";
  }
}

function readPercentage(
  reading: Reading,
  node: DocumentNode | undefined,
  beforeRun: BeforeRun,
): number | undefined {
  if (node === undefined || !hasTemplate(node)) return numberOf(node);
  return readBeforeRun(reading, node, {
    beforeRun,
    key: "max_fail_percentage",
    expected: "a number from 0 to 100",
    parse(value) {
      const percentage = numberIn(value);
      return percentage !== undefined && percentage >= 0 && percentage <= 100 ? percentage : undefined;
    },
  });
}
