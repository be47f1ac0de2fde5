import { allSteps } from "../playbook/all-steps.ts";
import type { Play, Step } from "../playbook/playbook.ts";

/**
 * The order of the steps of a play as numbers. Between two steps there is room for all handlers, as these may be
 * run after any of them.
 */
export class StepPositions {
  readonly #steps: ReadonlyMap<Step, number>;
  readonly #handlers: ReadonlyMap<Step, number>;
  /** Behind all steps, and before the handlers that are run then. */
  readonly end: number;

  constructor({ steps, handlers }: Pick<Play, "steps" | "handlers">) {
    const listed = typeof steps === "function" ? [] : allSteps(steps);
    const notified = allSteps(handlers.map(({ step }) => step));
    const room = notified.length + 1;
    this.#steps = new Map(listed.map((step, index) => [step, index * room]));
    this.#handlers = new Map(notified.map((step, index) => [step, index + 1]));
    this.end = listed.length * room;
  }

  /** @param before position of the last step that is no handler */
  of(step: Step, before: number): number {
    const handler = this.#handlers.get(step);
    return handler === undefined ? (this.#steps.get(step) ?? 0) : before + handler;
  }

  isHandler(step: Step): boolean {
    return this.#handlers.has(step);
  }
}
