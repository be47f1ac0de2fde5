import type { Handler, StepNode } from "../playbook/playbook.ts";

/** The handlers of a play on one host, and which of them are to be run. */
export class NotifiedHandlers {
  readonly #handlers: readonly Handler[];
  readonly #notified: Set<Handler> = new Set();

  constructor(handlers: readonly Handler[]) {
    this.#handlers = handlers;
  }

  /** Notes the handlers that have one of the names, or listen to it. */
  notify(names: readonly string[]): void {
    for (const handler of this.#handlers) {
      const { step, listen } = handler;
      if (names.some((name) => name === step.name || listen.includes(name))) this.#notified.add(handler);
    }
  }

  /** Takes what was notified, in the order of definition, with the later ones that are notified meanwhile. */
  *take(): Generator<StepNode> {
    for (const handler of this.#handlers) if (this.#notified.delete(handler)) yield handler.step;
  }
}
