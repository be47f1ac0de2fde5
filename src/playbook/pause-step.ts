import { valueOf } from "../documents/node-at.ts";
import type { DocumentNode, MappingNode } from "../documents/node.ts";
import type { Value } from "../etf/value.ts";
import { defaultName } from "./default-name.ts";
import { parseDuration } from "./duration.ts";
import { numberIn } from "./numbers.ts";
import { readOnHost } from "./on-host.ts";
import type { OnHost, PauseStep } from "./playbook.ts";
import { DURATION_HINT, readDuration } from "./read-duration.ts";
import { hidesContent, readStepCommon } from "./step-common.ts";
import type { StepContext } from "./step-context.ts";
import { hasTemplate } from "./template.ts";

const SECONDS_PER: readonly (readonly [key: string, seconds: number])[] = [
  ["seconds", 1],
  ["minutes", 60],
];

/** Reads a step of the kind `pause`: a duration, or a mapping with seconds and minutes. */
export function readPauseStep(context: StepContext): PauseStep {
  const { reading, node, before } = context;
  const pause = valueOf(node, "pause") ?? node;
  const pauseMs =
    (pause.kind === "mapping"
      ? readParts(context, pause)
      : readDuration(reading, node, { key: "pause", known: before.known })) ?? 0;
  return {
    ...readStepCommon(context, defaultName("pause", textOfPause(context, pause, pauseMs))),
    kind: "pause",
    pauseMs,
  };
}

function textOfPause(context: StepContext, pause: DocumentNode, pauseMs: OnHost<number>): string {
  if (typeof pauseMs === "object" && hidesContent(context)) return "";
  if (pause.kind === "scalar") return pause.source;
  return typeof pauseMs === "number" ? `${pauseMs / 1000} s` : "";
}

/** A mapping in which something else stands is for the schema to refuse. */
function readParts({ reading, before }: StepContext, pause: MappingNode): OnHost<number> | undefined {
  if (!pause.entries.every(({ value }) => isCount(value) || hasTemplate(value))) return undefined;
  return readOnHost(reading, pause, {
    known: before.known,
    key: "pause",
    expected: "numbers of seconds and minutes that are not negative",
    hint: DURATION_HINT,
    parse: millisecondsOf,
  });
}

function isCount(node: DocumentNode): boolean {
  return node.kind === "scalar" && typeof node.value === "number" && node.value >= 0;
}

function millisecondsOf(parts: Value): number | undefined {
  const given = new Map(Object.entries(parts ?? {}));
  const seconds = SECONDS_PER.map(([key, each]) => countOf(given.get(key) ?? 0) * each);
  return parseDuration(seconds.reduce((sum, each) => sum + each));
}

/** No number where it is none that is not negative. */
function countOf(value: Value): number {
  const number = numberIn(value);
  return number !== undefined && number >= 0 ? number : NaN;
}
