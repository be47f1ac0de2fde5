import { expect, test } from "vitest";
import { plannedSteps } from "../../src/engine/planned-steps.ts";
import { loadPlay } from "../playbook/playbook-file.ts";

/** The names of the steps of a play as they are planned, those of handlers in parentheses. */
async function orderOf(steps: string, handlers: string): Promise<string> {
  const play = await loadPlay(`hosts: all\nsteps:\n${steps}\nhandlers:\n${handlers}\n`);
  const planned = typeof play.steps === "function" ? [] : plannedSteps(play.steps, play.handlers);
  return planned.map(({ step: { name }, isHandler }) => (isHandler ? `(${name})` : name)).join(" ");
}

const HANDLERS = `
  - { name: H1, run: "m:f()", notify: H3 }
  - { name: H2, run: "m:f()", listen: web }
  - { name: H3, block: [{ name: H3a, run: "m:f()" }, { name: H3b, run: "m:f()", notify: H4 }] }
  - { name: H4, run: "m:f()" }
  - { name: H5, run: "m:f()" }`;

test.each([
  [
    "at the end without a flush",
    '  - { name: A, run: "m:f()", notify: [H5, H1] }',
    "A (H1) (H2) (H3a) (H3b) (H4) (H5)",
  ],
  [
    "behind the flush that runs them, with those that they notify",
    `
  - { name: A, run: "m:f()", notify: [H5, H1] }
  - { name: F, meta: flush_handlers }
  - { name: B, run: "m:f()", notify: web }`,
    "A F (H1) (H3a) (H3b) (H4) (H5) B (H2)",
  ],
  [
    "once, behind the first of several flushes",
    `
  - { name: F, meta: flush_handlers }
  - { name: A, run: "m:f()", notify: web }
  - block:
      - { name: G, meta: flush_handlers, when: vars.now }
    notify: H5
  - { name: B, run: "m:f()", notify: [web, H5] }
  - { name: H, meta: flush_handlers }`,
    "F A G (H2) B H (H5) (H1) (H3a) (H3b) (H4)",
  ],
])("plannedSteps() has handlers %s", async (_, steps, expected) => {
  expect(await orderOf(steps, HANDLERS)).toBe(expected);
});
