import { FusionPlayError } from "../errors.ts";
import type { Step } from "../playbook/playbook.ts";
import type { EndedStep } from "./journal-entry.ts";
import type { ResumedStep } from "./resumed-run.ts";
import { sourcePlace } from "./source-place.ts";
import { asError } from "./step-failure.ts";
import type { StepEnd } from "./step-run.ts";

/** The steps that a host has done before its run was resumed, in their order. */
export class RecalledSteps {
  readonly #steps: readonly ResumedStep[];
  readonly #isAtWork: boolean;
  #next = 0;

  /** @param isAtWork whether the step after these was begun */
  constructor(steps: readonly ResumedStep[], isAtWork: boolean) {
    this.#steps = steps;
    this.#isAtWork = isAtWork;
  }

  /** Whether the host comes to further steps that it has done. */
  get isLeft(): boolean {
    return this.#next < this.#steps.length;
  }

  /** Whether it comes to the step that it had begun. */
  get isAtBegun(): boolean {
    return this.#isAtWork && this.#next === this.#steps.length;
  }

  /**
   * Takes the end of a step that the host comes to; undefined once it comes to what it has not done.
   *
   * @throws {FusionPlayError} `JOURNAL_MISMATCH`
   */
  take({ name, nameOnHost, kind, location }: Step): ResumedStep | undefined {
    const step = this.#steps[this.#next++];
    if (step === undefined) return undefined;
    const { report } = step;
    if (report.kind === kind && report.line === sourcePlace(location).line) {
      // The playbook is the same, so it knows better what its steps are called: the journal hides what is secret.
      return nameOnHost === undefined ? { ...step, report: { ...report, name } } : step;
    }
    throw new FusionPlayError(`Cannot resume at step "${name}": the journal has "${report.name}" there`, {
      code: "JOURNAL_MISMATCH",
      hint: "Begin a new run; --limit and --start-at-step leave out what is done",
    });
  }
}

/** The end of a step that was noted down, as if it had just been done. */
export function stepEndOf({ report, data }: EndedStep): StepEnd {
  const { status, error } = report;
  return {
    report: { ...report, resumed: true },
    data,
    error: status === "failed" && error !== null ? asError(error) : undefined,
  };
}
