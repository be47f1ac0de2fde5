import type { Problem } from "../../documents/document-error.ts";
import { keyText } from "../../documents/key-text.ts";
import type { DocumentNode, MappingEntry, MappingNode } from "../../documents/node.ts";
import { entryOf } from "../../documents/node-at.ts";
import { quote } from "../../documents/quote.ts";
import { didYouMean } from "../../documents/suggestion.ts";
import { BLOCK_SECTIONS } from "../block-sections.ts";
import { FACTS_NAME } from "../facts.ts";
import { PLAY_NAMES } from "../names.ts";
import { PLAY_SCHEMA } from "../play-schema.ts";
import type { Reading } from "../playbook-source.ts";
import { STEP_SCHEMAS } from "../step-schema.ts";
import { reportFindings, type Finding } from "./findings.ts";
import { foreignKeyword } from "./keywords.ts";
import { moduleAdvice, OTHER_MODULES } from "./modules.ts";
import { argumentsIn } from "./step-arguments.ts";
import { conditionsIn, loopIn, namesIn, templatesIn, type Names } from "./templates.ts";

const TASK_LISTS = ["tasks", "pre_tasks", "post_tasks"] as const;

const IMPORT = "ansible.builtin.import_playbook";

/** Whether a play was written for Ansible: it has tasks or roles, and no steps. */
export function isAnsiblePlay(node: DocumentNode): boolean {
  if (entryOf(node, "steps") !== undefined) return false;
  return [...TASK_LISTS, "roles", IMPORT].some((key) => entryOf(node, key) !== undefined);
}

/**
 * Says what each key, module, template and condition of Ansible's plays is here, those that are alike as one.
 * Returns what all of it comes to, for the end of the messages.
 */
export function reportAnsiblePlays(reading: Reading, plays: readonly DocumentNode[]): Problem[] {
  const ofAnsible = plays.filter(isAnsiblePlay);
  if (ofAnsible.length === 0) return [];
  const names = new Map(plays.flatMap((play) => [...namesIn(play)]));
  const findings = ofAnsible.flatMap((play) => [...findingsInPlay(play, names)]);
  return reportAndCount(reading, findings, {
    what: "a playbook",
    hint: "docs/from-ansible.md has all keywords of Ansible, and a play in both",
  });
}

/** Keys of plays, and kinds of steps that Ansible has no module for: no task has any of them. */
const NO_TASK: readonly string[] = [
  ...TASK_LISTS,
  "roles",
  "hosts",
  "steps",
  "import_playbook",
  "push",
  "run",
  "eval",
  "set",
  "include_steps",
];

/** Whether a file holds tasks of Ansible alone, such as `tasks/main.yml` of a role. */
export function areAnsibleTasks(items: readonly DocumentNode[]): boolean {
  const keys = items.flatMap((item) => [...keysOfTask(item)]);
  return (
    items.every(({ kind }) => kind === "mapping") &&
    !keys.some((key) => NO_TASK.includes(key)) &&
    keys.some((key) => moduleAdvice(key) !== undefined && !KEYS.play.has(key))
  );
}

/** The keys of a task, and of those in it if it is a block. */
function* keysOfTask(task: DocumentNode): Generator<string> {
  if (task.kind !== "mapping") return;
  for (const { key, value } of task.entries) {
    yield keyText(key);
    const isSection = BLOCK_SECTIONS.some((section) => section === keyText(key));
    if (isSection && value.kind === "sequence") for (const item of value.items) yield* keysOfTask(item);
  }
}

/** Says of the tasks of a file the same as {@linkcode reportAnsiblePlays} of plays. */
export function reportAnsibleTasks(reading: Reading, tasks: readonly DocumentNode[]): Problem[] {
  const list: DocumentNode = { kind: "sequence", items: tasks, tag: undefined, range: [0, 0] };
  return reportAndCount(reading, [...findingsInTasks(list, namesIn(list))], {
    what: "a file of tasks",
    hint: "Translated, it is a file of steps, for include_steps in a play; docs/from-ansible.md has all keywords",
  });
}

function reportAndCount(
  reading: Reading,
  findings: readonly Finding[],
  { what, hint }: { readonly what: string; readonly hint: string },
): Problem[] {
  reportFindings(reading, findings);
  const count = (kind: string): number =>
    new Set(findings.flatMap(({ alike }) => (alike.startsWith(kind) ? [alike] : []))).size;
  const counts = [counted(count("key "), "key"), counted(count("module "), "module")];
  return [
    {
      file: reading.source.text.path,
      line: 1,
      column: 1,
      message: `This is ${what} of Ansible: ${counts.join(" and ")} of it are not known here`,
      hint,
      sourceLine: undefined,
      isSummary: true,
    },
  ];
}

function counted(count: number, noun: string): string {
  return `${count === 0 ? "no" : count} ${noun}${count === 1 ? "" : "s"}`;
}

function* findingsInPlay(play: DocumentNode, names: Names): Generator<Finding> {
  if (play.kind !== "mapping") return;
  for (const entry of play.entries) {
    const key = keyText(entry.key);
    if (key === IMPORT) yield foreignModule(entry);
    else if (!KEYS.play.has(key)) yield foreign(entry, "play");
    if (TASK_LISTS.some((list) => list === key)) yield* findingsInTasks(entry.value, names);
    else if (key === "handlers") yield* findingsInTasks(withoutListen(entry.value), names);
    else if (BEFORE_RUN.has(key)) yield* templatesBeforeRun(entry.value);
    else yield* findingsInValue(entry, names);
  }
}

/** Keys of plays that are the same on all hosts. */
const BEFORE_RUN: ReadonlySet<string> = new Set(["name", "hosts", "serial", "max_fail_percentage"]);

/** Names that only hosts have. */
const OF_HOSTS = new RegExp(
  `(?<![\\w.])(${[...PLAY_NAMES, FACTS_NAME].filter((name) => name !== "vars").join("|")})\\b`,
);

function* templatesBeforeRun(node: DocumentNode): Generator<Finding> {
  for (const finding of templatesIn(node, new Map())) {
    const { message, offset, write } = finding;
    if (write === undefined || !OF_HOSTS.test(write)) yield finding;
    else
      yield {
        node,
        offset,
        message,
        alike: "before the run",
        hint: "Only variables are known before the run: name a group, or give a variable with --extra-vars",
      };
  }
}

function* findingsInTasks(tasks: DocumentNode, names: Names): Generator<Finding> {
  if (tasks.kind !== "sequence") return;
  for (const task of tasks.items) if (task.kind === "mapping") yield* findingsInTask(task, names);
}

/** Handlers without the key that steps have not. */
function withoutListen(handlers: DocumentNode): DocumentNode {
  if (handlers.kind !== "sequence") return handlers;
  const items = handlers.items.map((item) =>
    item.kind === "mapping"
      ? { ...item, entries: item.entries.filter(({ key }) => keyText(key) !== "listen") }
      : item,
  );
  return { ...handlers, items };
}

function* findingsInTask(task: MappingNode, names: Names): Generator<Finding> {
  const place = entryOf(task, "block") === undefined ? "step" : "block";
  const isOwn = (key: string): boolean => KEYS[place].has(key);
  // A task has one module: what else is not known is no module.
  const module = task.entries.find(
    ({ key }) => moduleAdvice(keyText(key)) !== undefined && !isOwn(keyText(key)),
  );
  const other = task.entries.find(({ key }) => isUnknown(keyText(key), place));
  const hasKind = task.entries.some(({ key }) => KINDS.has(keyText(key)));
  for (const entry of task.entries) {
    const key = keyText(entry.key);
    if (BLOCK_SECTIONS.some((section) => section === key)) yield* findingsInTasks(entry.value, names);
    else if (entry === module || (module === undefined && !hasKind && entry === other)) {
      yield foreignModule(entry);
      yield* templatesIn(entry.value, names);
    } else if (!isOwn(key)) {
      yield foreign(entry, place);
      if (foreignKeyword(key) === undefined || !key.startsWith("with_"))
        yield* templatesIn(entry.value, names);
      else yield* loopIn(entry.value, names);
    } else if (KINDS.has(key)) yield* argumentsIn(key, entry.value, names);
    else yield* findingsInValue(entry, names);
  }
}

/** What is wrong with the value of a key that is here as well. */
function* findingsInValue({ key, value }: MappingEntry, names: Names): Generator<Finding> {
  const name = keyText(key);
  const word = SWITCHES.has(name) ? wordOf(value) : undefined;
  if (word !== undefined) {
    yield { node: value, alike: "yes", message: "yes and no are texts here", write: `${name}: ${word}` };
  } else if (CONDITIONS.has(name)) yield* conditionsIn(name, value, names);
  else if (name === "loop") yield* loopIn(value, names);
  else if (name === "loop_control") yield* argumentsIn(name, value, names);
  else yield* templatesIn(value, names);
}

/** What `yes` and the like are here, which YAML 1.1 takes for true and false. */
function wordOf(node: DocumentNode): string | undefined {
  if (node.kind !== "scalar" || typeof node.value !== "string") return undefined;
  return Object.hasOwn(WORDS, node.value.toLowerCase()) ? WORDS[node.value.toLowerCase()] : undefined;
}

function foreignModule({ key }: MappingEntry): Finding {
  const name = keyText(key);
  const short = name.split(".").at(-1) ?? name;
  const message = `There is no module ${quote(name)} here`;
  return { node: key, alike: `module ${short}`, message, hint: moduleAdvice(name) ?? OTHER_MODULES };
}

function foreign({ key }: MappingEntry, place: Place): Finding {
  const name = keyText(key);
  const alike = `key ${name}`;
  const instead = foreignKeyword(name);
  if (instead !== undefined)
    return { node: key, alike, message: `Unknown key ${quote(name)}`, hint: instead };
  if (KEYS.step.has(name) || KEYS.block.has(name)) {
    const hint = place === "play" ? "Put it at the steps, or at a block around them" : "Put it at the steps";
    return { node: key, alike, message: `${quote(name)} is no key of a ${place} here`, hint };
  }
  const hint = didYouMean(name, KEYS[place]) ?? "Ansible does not have it either";
  return { node: key, alike, message: `Unknown key ${quote(name)}`, hint };
}

type Place = "play" | "block" | "step";

function isUnknown(key: string, place: Place): boolean {
  return !KEYS[place].has(key) && !KEYS.step.has(key) && foreignKeyword(key) === undefined;
}

const keysOf = (schema: unknown): string[] => Object.keys((schema as { properties: object }).properties);

const { block: blockSchema, ...stepSchemas } = STEP_SCHEMAS;

const KEYS: Readonly<Record<Place, ReadonlySet<string>>> = {
  play: new Set(keysOf(PLAY_SCHEMA)),
  block: new Set(keysOf(blockSchema)),
  step: new Set(Object.values(stepSchemas).flatMap(keysOf)),
};

/** Steps that Ansible has as modules, with other arguments. */
const KINDS: ReadonlySet<string> = new Set(Object.keys(stepSchemas));

const CONDITIONS: ReadonlySet<string> = new Set(["when", "until", "failed_when", "changed_when"]);

const SWITCHES: ReadonlySet<string> = new Set([
  ...CONDITIONS,
  "any_errors_fatal",
  "gather_facts",
  "ignore_errors",
  "ignore_unreachable",
  "no_log",
  "run_once",
]);

const WORDS: Readonly<Record<string, string>> = { yes: "true", on: "true", no: "false", off: "false" };
