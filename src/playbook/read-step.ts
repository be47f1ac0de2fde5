import { describeNode } from "../documents/describe-node.ts";
import { keyText } from "../documents/key-text.ts";
import { entryOf } from "../documents/node-at.ts";
import type { DocumentNode, MappingNode } from "../documents/node.ts";
import { quote } from "../documents/quote.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { compileSchema, type CompiledSchema } from "../documents/validate.ts";
import { readAssertStep } from "./assert-step.ts";
import { BLOCK_SECTIONS } from "./block-sections.ts";
import { readBlock } from "./block-step.ts";
import { readEvalStep } from "./eval-step.ts";
import { readFailStep } from "./fail-step.ts";
import { foreignKey } from "./foreign-key.ts";
import { readIncludeSteps } from "./include-steps.ts";
import { namesInLoop, readLoop } from "./loop.ts";
import { readMetaStep } from "./meta-step.ts";
import { readPauseStep } from "./pause-step.ts";
import type { Step, StepNode } from "./playbook.ts";
import { checkSchema, report, type Reading } from "./playbook-source.ts";
import { readPushStep } from "./push-step.ts";
import { readRunStep } from "./run-step.ts";
import { readSetStep } from "./set-step.ts";
import { readWaitForStep } from "./wait-for-step.ts";
import { withoutTemplates } from "./refuse-template.ts";
import { refuseTags } from "./refuse-tags.ts";
import { collectRequired } from "./required-variables.ts";
import type { StepContext } from "./step-context.ts";
import { STEP_KINDS, STEP_SCHEMAS, type StepKind } from "./step-schema.ts";

/** Reads a step. Of one that has mistakes nothing can be relied on: its playbook is refused. */
export function readStep(
  reading: Reading,
  node: DocumentNode,
  context: Pick<StepContext, "before" | "readSteps">,
): StepNode | undefined {
  if (node.kind !== "mapping" || node.tag !== undefined) {
    report(reading, node, {
      message: `A step expects a mapping with ${listKinds("or")}, got ${describeNode(node)}`,
      hint: 'Write it as in: - run: os:cmd("hostname")',
    });
    return undefined;
  }
  const own = withoutTemplates(reading, reportForeignKeys(reading, node));
  const kind = kindOf(reading, node);
  if (kind === undefined) return undefined;
  refuseTags(reading, kind === "block" ? withoutSections(own) : own);
  checkSchema(reading, own, schemaOf(kind));
  if (kind === "block") return readBlock({ ...context, reading, node, loop: undefined });
  if (kind === "include_steps") return readIncludeSteps({ ...context, reading, node, loop: undefined });
  const { before } = context;
  const [loop, requiredByLoop] = collectRequired(reading, () => readLoop(reading, node, before.known));
  const known = loop === undefined ? before.known : namesInLoop(before.known, loop.indexVar);
  const [step, required] = collectRequired(reading, () =>
    readers[kind]({ ...context, reading, node, loop, before: { ...before, known } }),
  );
  // A step that may fail may do without its variables.
  if (before.isUncertain || step.ignoreErrors !== false) return { ...step, required: [] };
  const isConditional = step.when.length > 0;
  // What a step reads for an item, it reads only if there are items.
  if (loop !== undefined) return { ...step, required: isConditional ? [] : requiredByLoop };
  // They are evaluated before the condition, which may use them.
  const ofVars = Object.values(step.vars).flatMap((variable) => variable.required);
  return { ...step, required: [...step.required, ...(isConditional ? [] : required), ...ofVars] };
}

const readers: Readonly<
  Record<Exclude<StepKind, "block" | "include_steps">, (context: StepContext) => Step>
> = {
  push: readPushStep,
  run: readRunStep,
  eval: readEvalStep,
  assert: readAssertStep,
  fail: readFailStep,
  pause: readPauseStep,
  set: readSetStep,
  wait_for: readWaitForStep,
  meta: readMetaStep,
};

/** Steps in a block are looked at one by one. */
function withoutSections(node: MappingNode): MappingNode {
  const entries = node.entries.filter(
    ({ key, value }) => value.tag !== undefined || !isSection(keyText(key)),
  );
  return { ...node, entries };
}

function isSection(key: string): boolean {
  return BLOCK_SECTIONS.some((section) => section === key);
}

/** Schemas are compiled when a step of their kind is met first: many playbooks use two of them. */
const compiled = new Map<StepKind, CompiledSchema>();

function schemaOf(kind: StepKind): CompiledSchema {
  const known = compiled.get(kind) ?? compileSchema(STEP_SCHEMAS[kind]);
  compiled.set(kind, known);
  return known;
}

/** Reports keys that have a message of their own, and gives the node without them. */
export function reportForeignKeys(reading: Reading, node: MappingNode): MappingNode {
  const entries = node.entries.filter(({ key }) => {
    const foreign = foreignKey(keyText(key));
    if (foreign !== undefined) report(reading, key, foreign);
    return foreign === undefined;
  });
  return { ...node, entries };
}

function kindOf(reading: Reading, node: MappingNode): StepKind | undefined {
  const kinds = STEP_KINDS.filter((kind) => entryOf(node, kind) !== undefined);
  const [kind, other] = kinds;
  if (kind !== undefined && other !== undefined) {
    report(reading, entryOf(node, other)?.key ?? node, {
      message: `A step is of one kind, and this one has ${kinds.map((name) => `"${name}"`).join(" and ")}`,
      hint: "Make a step of each",
    });
    return undefined;
  }
  if (kind === undefined) reportMissingKind(reading, node);
  return kind;
}

function reportMissingKind(reading: Reading, node: MappingNode): void {
  const keys = node.entries.map(({ key }) => key);
  // What was meant to be the kind has been reported already, as a key of Ansible.
  if (keys.some((key) => foreignKey(keyText(key)) !== undefined)) return;
  const section = keys.find((key) => isSection(keyText(key)));
  if (section !== undefined) {
    report(reading, section, {
      message: `${quote(keyText(section))} needs "block" beside it`,
      hint: "Write the steps that may fail below block:",
    });
    return;
  }
  const misspelt = keys.find((key) => didYouMean(keyText(key), STEP_KINDS) !== undefined);
  const hint = misspelt === undefined ? undefined : didYouMean(keyText(misspelt), STEP_KINDS);
  const message =
    misspelt === undefined
      ? `A step needs one of ${listKinds("or")}`
      : `Unknown key "${keyText(misspelt)}": a step needs one of ${listKinds("or")}`;
  report(reading, misspelt ?? node, { message, hint });
}

function listKinds(word: string): string {
  const quoted = STEP_KINDS.map((kind) => `"${kind}"`);
  return `${quoted.slice(0, -1).join(", ")} ${word} ${quoted.at(-1) ?? ""}`;
}
