import type { StepCommon } from "./playbook.ts";
import type { Inherited } from "./step-context.ts";

/** What stands for a step around which there is no block. */
export const NOTHING_INHERITED: Inherited = {
  when: [],
  vars: {},
  tags: [],
  timeoutMs: undefined,
  maxHeapBytes: undefined,
  ignoreErrors: false,
  ignoreUnreachable: undefined,
  anyErrorsFatal: undefined,
  delegateTo: undefined,
  runOnce: false,
  throttle: undefined,
  noLog: false,
  notify: [],
};

/** A step of which nothing is said but what it does. */
export const STEP_DEFAULTS: Omit<StepCommon, "name" | "location"> = {
  ...NOTHING_INHERITED,
  nameOnHost: undefined,
  loop: undefined,
  register: undefined,
  retries: 0,
  delayMs: 0,
  backoff: 1,
  until: [],
  failedWhen: [],
  changedWhen: [],
  required: [],
};
