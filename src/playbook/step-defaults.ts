import type { StepCommon } from "./playbook.ts";

/** A step of which nothing is said but what it does. */
export const STEP_DEFAULTS: Omit<StepCommon, "name" | "location"> = {
  when: [],
  register: undefined,
  timeoutMs: undefined,
  retries: 0,
  delayMs: 0,
  until: [],
  vars: {},
  tags: [],
  ignoreErrors: false,
  failedWhen: [],
  changedWhen: [],
  noLog: false,
  required: [],
};
