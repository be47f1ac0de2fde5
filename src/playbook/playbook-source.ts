import type { Problem } from "../documents/document-error.ts";
import type { DocumentNode } from "../documents/node.ts";
import { problemAt } from "../documents/problem-at.ts";
import { validate, type CompiledSchema } from "../documents/validate.ts";
import type { SourceFile } from "../documents/source-file.ts";
import type { Data } from "../etf/data.ts";
import type { ExpressionPlace } from "./expression.ts";
import type { InlineTemplate } from "./inline-template.ts";
import { nameProblem } from "./names.ts";
import type { Location, RequiredVariable, VariablesFile } from "./playbook.ts";

/** What a playbook is read from: a YAML file, or what a TypeScript module exports. */
export interface PlaybookSource {
  /** The text that the ranges of the nodes count in. */
  readonly text: SourceFile;
  /** The value of a node, with the terms that its tags name; `problems` gets the mistakes in them. */
  data(node: DocumentNode, problems: Problem[]): Data;
  /** Where a node stands in {@linkcode text}, or the character at `offset` of its own text. */
  offsetOf(node: DocumentNode, offset: number): number;
  /** The same place as people are told it. */
  locate(node: DocumentNode, offset?: number): Location;
  /** The place of a character of a node's text in the file; undefined where it is not known. */
  place(node: DocumentNode, offset: number): Location | undefined;
  /** The tagged template that made a node, in a TypeScript module. */
  template(node: DocumentNode): InlineTemplate | undefined;
}

/** What is wrong with a node. */
export interface Mistake {
  readonly message: string;
  readonly hint?: string | undefined;
  /** The character of the node's text that it is about. */
  readonly offset?: number | undefined;
  /** The name that is not known here, where that is the mistake. */
  readonly unknownName?: string;
}

/** A file that is a list of steps. */
export interface StepFile {
  readonly source: PlaybookSource;
  readonly root: DocumentNode;
}

/** Variables that stand above all others, or that nobody has given any yet, as the playbook is not to be run. */
export type ExtraVariables = Readonly<Record<string, Data>> | "later";

/** A playbook while it is read: all mistakes are collected instead of stopping at the first. */
export interface Reading {
  readonly source: PlaybookSource;
  readonly problems: Problem[];
  /** The files of variables that plays name, by the nodes that name them. */
  readonly variablesFiles: ReadonlyMap<DocumentNode, VariablesFile>;
  /** The files of steps that are included, by the nodes that name them. */
  readonly stepFiles: ReadonlyMap<DocumentNode, StepFile>;
  /** Gets what is wrong in included files, at the places there. */
  readonly problemsInFiles: Problem[];
  /** Names that steps have registered so far; hosts keep them for later plays. */
  readonly registered: Set<string>;
  /** Names that any step registers, those that come later as well. */
  readonly registeredAnywhere: ReadonlySet<string>;
  /** What stands above all variables of playbooks. */
  readonly extraVars: ExtraVariables;
  /** Told what expressions made of secrets before the run, so that nothing shows it. */
  readonly hide: (data: Data) => void;
  /** Variables that what is being read needs for certain. */
  readonly required: RequiredVariable[];
}

/** Notes a mistake, and goes on. */
export function report(
  { source, problems, registeredAnywhere }: Reading,
  node: DocumentNode,
  { message, hint, offset, unknownName = "" }: Mistake,
): void {
  const place = offset === undefined ? node : source.offsetOf(node, offset);
  const isLater = registeredAnywhere.has(unknownName);
  problems.push(
    problemAt(
      source.text,
      place,
      message,
      isLater ? "Only steps after the one that registers it may use it" : hint,
    ),
  );
}

/** Where an expression stands that begins at a character of a node's text. */
export function expressionPlace({ source }: Reading, node: DocumentNode, start = 0): ExpressionPlace {
  const isSecret = source.text.isSecret === true;
  return { locate: (offset) => source.locate(node, start + offset), isSecret };
}

/** The names under each key `register` of a playbook, or of a part of it, that a result can have. */
export function* namesRegisteredIn(node: DocumentNode): Generator<string> {
  if (node.kind === "sequence") for (const item of node.items) yield* namesRegisteredIn(item);
  if (node.kind !== "mapping") return;
  for (const { key, value } of node.entries) {
    const name = key.value === "register" && value.kind === "scalar" ? value.source : undefined;
    if (name !== undefined && nameProblem(name) === undefined) yield name;
    if (value.kind !== "scalar") yield* namesRegisteredIn(value);
  }
}

/** Notes where a node does not satisfy a schema. Returns whether it does. */
export function checkSchema(
  { source, problems }: Reading,
  node: DocumentNode,
  schema: CompiledSchema,
): boolean {
  const found = validate(schema, node, source.text);
  problems.push(...found);
  return found.length === 0;
}
