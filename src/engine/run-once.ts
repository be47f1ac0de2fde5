import { FusionPlayError } from "../errors.ts";
import type { Data } from "../etf/data.ts";
import type { Step } from "../playbook/playbook.ts";
import type { Slot } from "./slots.ts";
import { isHostError, runStep, type StepEnd, type StepRunOptions } from "./step-run.ts";

/** What a step with `run_once` left on the host that came to it first. */
interface SharedEnd {
  readonly host: string;
  readonly end: StepEnd;
  /** Variables that it gave to the host. */
  readonly vars: Readonly<Record<string, Data>>;
}

/** Who comes to a step with `run_once`, and how it is done there. */
export interface OnceOptions {
  readonly host: string;
  readonly slot: Slot;
  readonly options: StepRunOptions;
  run(options: StepRunOptions): Promise<StepEnd>;
}

/** The steps with `run_once` of a play: one host does each of them, and all hosts have its end. */
export class OnceSteps {
  readonly #ends: Map<Step, Promise<SharedEnd>> = new Map();

  /** Does the step if nobody has come to it, or waits for the end that it has elsewhere. */
  async perform(step: Step, once: OnceOptions): Promise<StepEnd> {
    const known = this.#ends.get(step);
    if (known !== undefined) return takeOver(step, known, once);
    const first = runFirst(once);
    this.#ends.set(step, first);
    return (await first).end;
  }
}

async function runFirst({ host, options, run }: OnceOptions): Promise<SharedEnd> {
  const vars: Record<string, Data> = {};
  const end = await run({
    ...options,
    onSet: (given) => {
      Object.assign(vars, given);
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
  const waiting = await runStep(
    { ...step, loop: undefined, when: [], until: [], failedWhen: [], changedWhen: [], retries: 0 },
    {
      ...options,
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
  const own = { duration_ms, output: "", pushed: [], pushed_files: [], ...ranOn };
  return { ...shared.end, report: { ...shared.end.report, ...own } };
}

async function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  let onAbort: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function lostOn(host: string, cause: FusionPlayError): FusionPlayError {
  return new FusionPlayError(
    `Cannot take over the end of the step: ${host}, which ran it for all hosts, did not end it: ${cause.message}`,
    { code: "RUN_ONCE_LOST", hint: "Look at what the step has done there, and run again", cause },
  );
}
