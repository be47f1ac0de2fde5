import type { DocumentNode } from "../documents/node.ts";
import { valueOf } from "../documents/node-at.ts";
import { readBeforeRun, type BeforeRun } from "./before-run.ts";
import { readConditions, readWhen, type Condition } from "./conditions.ts";
import { readDelegate } from "./delegate-to.ts";
import { readMaxHeap } from "./max-heap.ts";
import { nameProblem } from "./names.ts";
import { countIn, numberIn, numberOf } from "./numbers.ts";
import { readOnHost } from "./on-host.ts";
import type { Expression, OnHost, StepCommon } from "./playbook.ts";
import { report, type Reading } from "./playbook-source.ts";
import { readDuration } from "./read-duration.ts";
import { readName } from "./read-name.ts";
import { readNotify } from "./notify.ts";
import { readTags } from "./read-tags.ts";
import { refuseTemplate } from "./refuse-template.ts";
import { textOf, type Inherited, type StepContext } from "./step-context.ts";
import { hasTemplate, readVariableTemplates } from "./template.ts";

/** As in Ansible. */
const DEFAULT_DELAY_MS = 5000;

/** Tries again so often where `until` is given without `retries`, as in Ansible. */
const DEFAULT_RETRIES = 3;

/** Reads the keys that a step of any kind may have. */
export function readStepCommon(context: StepContext, defaultName: string): StepCommon {
  const { reading, node, before, loop } = context;
  const { known } = before;
  const register = readRegister(reading, node);
  const readOwn = (key: "until" | "failed_when" | "changed_when"): Expression[] => {
    const condition = valueOf(node, key);
    if (condition === undefined) return [];
    return readConditions(reading, condition, register === undefined ? known : [...known, register]);
  };
  const until = readOwn("until");
  const condition = readConditionOf(context);
  const inherited = inheritedFrom(context, condition);
  return {
    ...inherited,
    ...(readName(context) ?? { name: defaultName, nameOnHost: undefined }),
    required: condition.required,
    loop,
    register,
    retries: readRetries(context) ?? (until.length > 0 ? DEFAULT_RETRIES : 0),
    delayMs: readDuration(reading, node, { key: "delay", known }) ?? DEFAULT_DELAY_MS,
    backoff: readBackoff(context) ?? 1,
    until,
    failedWhen: readOwn("failed_when"),
    changedWhen: readOwn("changed_when"),
    location: reading.source.locate(node),
  };
}

/** Reads `when` of a step or a block. */
export function readConditionOf({
  reading,
  node,
  before,
}: Omit<StepContext, "loop" | "readSteps">): Condition {
  const { known, inherited, required } = before;
  return readWhen(reading, valueOf(node, "when"), { around: { when: inherited.when, required }, known });
}

/** Reads the keys that a block may have as well, but for `when`, and adds them to those of the blocks around it. */
export function inheritedFrom(
  { reading, node, before }: Pick<StepContext, "reading" | "node" | "before">,
  { when }: Condition,
): Inherited {
  const { known, inherited } = before;
  return {
    when,
    vars: { ...inherited.vars, ...readVariableTemplates(reading, valueOf(node, "vars"), known) },
    tags: [...new Set([...inherited.tags, ...readTags(reading, valueOf(node, "tags"))])],
    timeoutMs: readDuration(reading, node, { key: "timeout", known }) ?? inherited.timeoutMs,
    maxHeapBytes: readMaxHeap(reading, node, known) ?? inherited.maxHeapBytes,
    ignoreErrors: readIgnoreErrors(reading, node, known) ?? inherited.ignoreErrors,
    ignoreUnreachable: booleanOf(valueOf(node, "ignore_unreachable")) ?? inherited.ignoreUnreachable,
    runOnce: booleanOf(valueOf(node, "run_once")) ?? inherited.runOnce,
    anyErrorsFatal: booleanOf(valueOf(node, "any_errors_fatal")) ?? inherited.anyErrorsFatal,
    delegateTo: readDelegate(reading, node, known) ?? inherited.delegateTo,
    throttle: readThrottle(reading, node, before.beforeRun) ?? inherited.throttle,
    noLog: hidesLog({ node, before }),
    // As in Ansible, what a step says takes the place of what the block says.
    notify: valueOf(node, "notify") === undefined ? inherited.notify : readNotify(reading, node, before),
  };
}

/** Whether what a step does is kept out of its name: it is not to be logged, or was encrypted. */
export function hidesContent(context: Pick<StepContext, "reading" | "node" | "before">): boolean {
  return context.reading.source.text.isSecret === true || hidesLog(context);
}

/** Whether a step, or a block around it, has `no_log`. */
function hidesLog({ node, before }: Pick<StepContext, "node" | "before">): boolean {
  return booleanOf(valueOf(node, "no_log")) ?? before.inherited.noLog;
}

function booleanOf(node: DocumentNode | undefined): boolean | undefined {
  return node?.kind === "scalar" && typeof node.value === "boolean" ? node.value : undefined;
}

/** Whether a key is `true`. */
export function isTrue(node: DocumentNode | undefined): boolean {
  return node?.kind === "scalar" && node.value === true;
}

function readRegister(reading: Reading, node: DocumentNode): string | undefined {
  const register = valueOf(node, "register");
  const name = register === undefined ? undefined : textOf(register);
  if (register === undefined || name === undefined) return undefined;
  if (refuseTemplate(reading, register, "register")) return undefined;
  const problem = nameProblem(name);
  if (problem !== undefined) report(reading, register, problem);
  return name;
}

function readRetries({ reading, node, before }: StepContext): OnHost<number> | undefined {
  const value = valueOf(node, "retries");
  if (value === undefined || !hasTemplate(value)) return numberOf(value);
  return readOnHost(reading, value, {
    known: before.known,
    key: "retries",
    expected: "a whole number that is not negative",
    parse: (retries) => countIn(retries, 0),
  });
}

function readIgnoreErrors(
  reading: Reading,
  node: DocumentNode,
  known: readonly string[],
): OnHost<boolean> | undefined {
  const value = valueOf(node, "ignore_errors");
  if (value === undefined || !hasTemplate(value)) return booleanOf(value);
  return readOnHost(reading, value, {
    known,
    key: "ignore_errors",
    expected: "true or false",
    parse: (ignores) => (typeof ignores === "boolean" ? ignores : undefined),
  });
}

function readThrottle(reading: Reading, node: DocumentNode, beforeRun: BeforeRun): number | undefined {
  const value = valueOf(node, "throttle");
  if (value === undefined || !hasTemplate(value)) return numberOf(value);
  return readBeforeRun(reading, value, {
    beforeRun,
    key: "throttle",
    expected: "a whole number of at least 1",
    parse: (throttle) => countIn(throttle, 1),
  });
}

/** What the words for it stand for. */
const FACTORS: ReadonlyMap<unknown, number> = new Map([
  ["constant", 1],
  ["exponential", 2],
]);

function readBackoff({ reading, node, before }: StepContext): OnHost<number> | undefined {
  const value = valueOf(node, "backoff");
  if (value?.kind !== "scalar") return undefined;
  return readOnHost(reading, value, {
    known: before.known,
    key: "backoff",
    expected: '"constant", "exponential" or a factor of at least 1',
    hint: "exponential makes each pause twice as long as the one before",
    parse(backoff) {
      const factor = FACTORS.get(backoff) ?? numberIn(backoff);
      return factor !== undefined && factor >= 1 ? factor : undefined;
    },
  });
}
