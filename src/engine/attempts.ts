import { onHost } from "../playbook/on-host.ts";
import type { Scope, Step } from "../playbook/playbook.ts";

/** How a step is attempted on a host. */
export interface Attempts {
  /** Limit of one, in milliseconds; undefined where the step has none of its own. */
  readonly timeoutMs: number | undefined;
  /** What the process of a call may use, in bytes. */
  readonly maxHeapBytes: number | undefined;
  /** How many there may be after the first. */
  readonly retries: number;
  readonly delayMs: number;
  readonly backoff: number;
}

/** Gives what a step says of its attempts. @throws {FusionPlayError} `EXPRESSION_FAILED` */
export function attemptsOf(step: Step, scope: Scope): Attempts {
  return {
    timeoutMs: onHost(step.timeoutMs, scope),
    maxHeapBytes: onHost(step.maxHeapBytes, scope),
    retries: onHost(step.retries, scope),
    delayMs: onHost(step.delayMs, scope),
    backoff: onHost(step.backoff, scope),
  };
}
