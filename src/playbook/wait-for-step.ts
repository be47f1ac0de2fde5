import { valueOf } from "../documents/node-at.ts";
import type { DocumentNode, MappingNode } from "../documents/node.ts";
import { readConditions } from "./conditions.ts";
import { defaultName } from "./default-name.ts";
import type { Awaited, Template, WaitForStep } from "./playbook.ts";
import { report } from "./playbook-source.ts";
import { readDuration } from "./read-duration.ts";
import { NO_CALL, readCallText } from "./run-step.ts";
import { hidesContent, readStepCommon } from "./step-common.ts";
import { textAt, textOf, type StepContext } from "./step-context.ts";
import { readTemplate } from "./template.ts";

/** As in Ansible. */
const DEFAULT_SLEEP_MS = 1000;
const LOCAL: Template = { evaluate: () => "127.0.0.1" };

/** The keys of which exactly one says what is waited for. */
const AWAITED = ["port", "path", "run"] as const;

type AwaitedKey = (typeof AWAITED)[number];

/** Keys that belong to one of them. */
const BELONGS: Readonly<Record<string, readonly AwaitedKey[]>> = {
  host: ["port"],
  state: ["port", "path"],
  until: ["run"],
};

const STATES: Readonly<Record<"port" | "path", readonly string[]>> = {
  port: ["started", "stopped"],
  path: ["present", "absent"],
};

/** Reads a step of the kind `wait_for`: a port, a path, or the result of a call. */
export function readWaitForStep(context: StepContext): WaitForStep {
  const { reading, node, before } = context;
  const wait = valueOf(node, "wait_for") ?? node;
  const sleepMs = readDuration(reading, wait, { key: "sleep", known: before.known }) ?? DEFAULT_SLEEP_MS;
  const key = wait.kind === "mapping" ? keyOf(context, wait) : undefined;
  const awaited = wait.kind === "mapping" && key !== undefined ? readAwaited(context, wait, key) : NOTHING;
  const value = key === undefined ? undefined : valueOf(wait, key);
  const name = defaultName(
    `wait for ${key === "run" ? "" : (key ?? "")}`.trim(),
    value?.kind === "scalar" && !hidesContent(context) ? value.source : "",
  );
  return { ...readStepCommon(context, name), kind: "wait_for", awaited, sleepMs };
}

/** Stands in for what cannot be read: its playbook is refused. */
const NOTHING: Awaited = { type: "call", call: NO_CALL, until: [] };

function keyOf({ reading }: StepContext, wait: MappingNode): AwaitedKey | undefined {
  const [key, other] = AWAITED.filter((each) => valueOf(wait, each) !== undefined);
  if (key === undefined) {
    report(reading, wait, {
      message: '"wait_for" needs "port", "path" or "run"',
      hint: "Write wait_for: { port: 8080 }",
    });
  } else if (other !== undefined) {
    report(reading, valueOf(wait, other) ?? wait, {
      message: `"wait_for" waits for one thing, and this one has "${key}" and "${other}"`,
      hint: "Make a step of each",
    });
  }
  for (const [name, keys] of Object.entries(BELONGS)) {
    const value = valueOf(wait, name);
    if (key === undefined || value === undefined || keys.includes(key)) continue;
    report(reading, value, { message: `"${name}" cannot stand beside "${key}"` });
  }
  return key;
}

function readAwaited(context: StepContext, wait: MappingNode, key: AwaitedKey): Awaited {
  const { reading, before } = context;
  const template = (node: DocumentNode): Template => readTemplate(reading, node, before.known);
  const value = valueOf(wait, key) ?? wait;
  switch (key) {
    case "port": {
      const host = valueOf(wait, "host");
      const isOpen = readState(context, wait, key) !== "stopped";
      return {
        type: "port",
        host: host === undefined ? LOCAL : template(host),
        port: template(value),
        isOpen,
      };
    }
    case "path":
      return { type: "path", path: template(value), isThere: readState(context, wait, key) !== "absent" };
    case "run": {
      const call = readCallText(context, value) ?? NO_CALL;
      const until = readConditions(reading, valueOf(wait, "until"), before.known);
      if (until.length === 0 && textOf(value) !== undefined) {
        report(reading, value, {
          message: '"wait_for" needs "until" beside "run"',
          hint: 'Say what to wait for: until: result == "ready"',
        });
      }
      return { type: "call", call, until };
    }
  }
}

function readState({ reading }: StepContext, wait: MappingNode, key: "port" | "path"): string | undefined {
  const state = textAt(wait, "state");
  const node = valueOf(wait, "state");
  if (state === undefined || node === undefined || STATES[key].includes(state)) return state;
  report(reading, node, {
    message: `"state" of a ${key} is ${STATES[key].map((each) => `"${each}"`).join(" or ")}`,
  });
  return undefined;
}
