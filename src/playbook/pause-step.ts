import { valueOf } from "../documents/node-at.ts";
import { defaultName } from "./default-name.ts";
import type { PauseStep } from "./playbook.ts";
import { readDuration } from "./read-duration.ts";
import { readStepCommon } from "./step-common.ts";
import type { StepContext } from "./step-context.ts";

const MS_PER: readonly (readonly [key: string, ms: number])[] = [
  ["seconds", 1000],
  ["minutes", 60_000],
];

/** Reads a step of the kind `pause`: a duration, or a mapping with seconds and minutes. */
export function readPauseStep(context: StepContext): PauseStep {
  const { reading, node } = context;
  const pause = valueOf(node, "pause") ?? node;
  const parts = MS_PER.map(([key, ms]) => {
    const value = pause.kind === "mapping" ? valueOf(pause, key) : undefined;
    return value?.kind === "scalar" && typeof value.value === "number" ? value.value * ms : 0;
  });
  const pauseMs =
    pause.kind === "mapping"
      ? parts.reduce((sum, part) => sum + part, 0)
      : (readDuration(reading, node, "pause") ?? 0);
  const text = pause.kind === "scalar" ? pause.source : `${pauseMs / 1000} s`;
  return { ...readStepCommon(context, defaultName("pause", text)), kind: "pause", pauseMs };
}
