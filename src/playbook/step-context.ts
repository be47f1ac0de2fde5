import type { DocumentNode, MappingNode } from "../documents/node.ts";
import { valueOf } from "../documents/node-at.ts";
import type { BeforeRun } from "./before-run.ts";
import type { Reading } from "./playbook-source.ts";
import type { Language, Loop, RequiredVariable, StepCommon, StepNode } from "./playbook.ts";

/** What the steps before a step mean for it. */
export interface StepsBefore {
  /** Names that its expressions may use: those of the play and of results that were registered. */
  readonly known: readonly string[];
  /** Language of the last step that gave a result; undefined where none did. */
  readonly language: Language | undefined;
  readonly isFirst: boolean;
  /** Whether it may never be run, or its failure is taken over: then variables may be missing. */
  readonly isUncertain: boolean;
  /** What the blocks around it say for it. */
  readonly inherited: Inherited;
  /** Variables that their conditions read for certain, if the step is reached. */
  readonly required: readonly RequiredVariable[];
  readonly handlers: HandlersBefore;
  readonly beforeRun: BeforeRun;
}

/** What the handlers of the play mean for a step. */
export interface HandlersBefore {
  /** What it may notify: names of handlers, and what they listen to; of a handler, those of the ones after it. */
  readonly notifiable: readonly string[];
  /** Those that stand too early to be notified by it. */
  readonly passed: readonly string[];
  /** Whether it is a handler, or below one. */
  readonly isHandler: boolean;
}

/** What a block says for its steps. */
export type Inherited = Pick<
  StepCommon,
  | "when"
  | "vars"
  | "tags"
  | "timeoutMs"
  | "maxHeapBytes"
  | "ignoreErrors"
  | "ignoreUnreachable"
  | "anyErrorsFatal"
  | "delegateTo"
  | "runOnce"
  | "throttle"
  | "noLog"
  | "notify"
>;

/** Reads a list of steps, and says what the steps after it may use. */
export type ReadSteps = (
  reading: Reading,
  node: DocumentNode | undefined,
  before: StepsBefore,
) => { readonly steps: readonly StepNode[]; readonly after: StepsBefore };

/** A step while it is read. */
export interface StepContext {
  readonly reading: Reading;
  readonly node: MappingNode;
  readonly before: StepsBefore;
  /** What the step is done for; `before` knows the names of the item. */
  readonly loop: Loop | undefined;
  /** For the steps of a block. */
  readonly readSteps: ReadSteps;
}

/** The text under a key; undefined if there is none, or something else than text. */
export function textAt(node: DocumentNode, key: string): string | undefined {
  const value = valueOf(node, key);
  return value === undefined ? undefined : textOf(value);
}

/** The text of a node; undefined of anything that is not text. */
export function textOf(node: DocumentNode): string | undefined {
  return node.kind === "scalar" && node.tag === undefined && typeof node.value === "string"
    ? node.value
    : undefined;
}

/** A node, or the items of a list: many keys take one thing or a list of them. */
export function oneOrMore(node: DocumentNode | undefined): readonly DocumentNode[] {
  if (node === undefined) return [];
  return node.kind === "sequence" ? node.items : [node];
}
