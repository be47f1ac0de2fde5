import { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import type { Scope, Step } from "../playbook/playbook.ts";
import { unlessAborted } from "../waits/unless-aborted.ts";
import { ignoresErrors } from "./ignores-errors.ts";
import { stepEndOf } from "./recalled-steps.ts";
import type { OnceDone } from "./resumed-run.ts";
import type { Slot } from "./slots.ts";
import { isHostError } from "./step-failure.ts";
import { runStep, type StepEnd, type StepRunOptions } from "./step-run.ts";

/** What a step with `run_once` left on the host that came to it first. */
interface SharedEnd {
  readonly host: string;
  readonly end: StepEnd;
  /** Variables that it gave to the host. */
  readonly vars: Readonly<Record<string, Data>>;
}

/** Who comes to a step with `run_once`, and how it is done there. */
export interface OnceOptions {
  /** What all hosts know the step by: in a list, its position. */
  readonly key: unknown;
  readonly host: string;
  readonly slot: Slot;
  readonly options: StepRunOptions;
  run(options: StepRunOptions): Promise<StepEnd>;
}

/** The steps with `run_once`, for the hosts of a batch: one host does each of them, and all hosts have its end. */
export class OnceSteps {
  readonly #ends: Map<unknown, Promise<SharedEnd>> = new Map();

  /** Makes known the end of a step that was done before the run was resumed. */
  recall({ position, host, step }: OnceDone): void {
    this.#ends.set(position, Promise.resolve({ host, end: stepEndOf(step), vars: step.vars }));
  }

  /** Does the step if nobody has come to it, or waits for the end that it has elsewhere. */
  async perform(step: Step, once: OnceOptions): Promise<StepEnd> {
    const known = this.#ends.get(once.key);
    if (known !== undefined) return takeOver(step, known, once);
    const first = runFirst(once);
    this.#ends.set(once.key, first);
    return (await first).end;
  }
}

async function runFirst({ host, options, run }: OnceOptions): Promise<SharedEnd> {
  let vars: Readonly<Record<string, Data>> = {};
  const end = await run({
    ...options,
    onSet: (given) => {
      vars = { ...vars, ...given };
      options.onSet(given);
    },
  });
  return { host, end, vars };
}

/** Gives a host the end that the step had elsewhere. It has none for others where its host was lost. */
async function takeOver(
  step: Step,
  first: Promise<SharedEnd>,
  { slot, options }: OnceOptions,
): Promise<StepEnd> {
  let shared: SharedEnd | undefined;
  const { signal } = options;
  const scope = (): Scope => options.scope(step);
  const waiting = await runStep(
    { ...step, ...DONE_ELSEWHERE, ignoreErrors: ignoresErrors(step, scope) },
    {
      ...options,
      scope,
      check: undefined,
      attempt: async () => {
        shared = await slot.lend(() => unlessAborted(first, signal), signal);
        const { error } = shared.end;
        if (error !== undefined && isHostError(error)) throw lostOn(shared.host, error);
        return { status: "ok", result: null, data: null };
      },
    },
  );
  if (shared === undefined) return waiting;
  const ranOn = { ran_on: shared.host };
  if (waiting.report.error !== null) return { ...waiting, report: { ...waiting.report, ...ranOn } };
  options.onSet(shared.vars);
  const { duration_ms } = waiting.report;
  // What was printed and shipped was so on the other host.
  const own = {
    name: options.name,
    started_at: options.startedAt,
    duration_ms,
    output: "",
    pushed: [],
    pushed_files: [],
    ...ranOn,
  };
  const { push_ms: _elsewhere, push_traffic: _there, ...report } = shared.end.report;
  return { ...shared.end, report: { ...report, ...own } };
}

/** What a host that waits has nothing to do with. */
const DONE_ELSEWHERE = {
  loop: undefined,
  when: [],
  until: [],
  failedWhen: [],
  changedWhen: [],
  timeoutMs: undefined,
  maxHeapBytes: undefined,
  retries: 0,
  delayMs: 0,
  backoff: 1,
  delegateTo: undefined,
} as const;

function lostOn(host: string, cause: FusionPlayError): FusionPlayError {
  return new FusionPlayError(
    `Cannot take over the end of the step: ${host}, which ran it for all hosts, did not end it: ${cause.message}`,
    { code: "RUN_ONCE_LOST", hint: "Look at what the step has done there, and run again", cause },
  );
}
