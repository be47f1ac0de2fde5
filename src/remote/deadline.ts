import { FusionPlayError } from "../errors.ts";

export interface Deadline {
  /** The phase, for the message: `boot`, `push` … */
  readonly phase: string;
  /** Name of the host. */
  readonly host: string;
  readonly ms: number;
  readonly signal: AbortSignal;
  readonly hint?: string;
}

/**
 * Runs `work` with a signal that is aborted when the time is over or the outer signal is.
 *
 * @throws {FusionPlayError} `TIMEOUT`, naming phase and host; else what `work` throws
 */
export async function withDeadline<T>(
  deadline: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { ms, signal } = deadline;
  signal.throwIfAborted();
  const controller = new AbortController();
  const expire = (): void => controller.abort(deadlineError(deadline));
  const forward = (): void => controller.abort(signal.reason);
  const timer = setTimeout(expire, ms);
  signal.addEventListener("abort", forward, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", forward);
  }
}

/** Says that the time of a phase is over. */
export function deadlineError({ phase, host, ms, hint }: Omit<Deadline, "signal">): FusionPlayError {
  const message = `Cannot finish phase "${phase}" on ${host}: no answer within ${ms / 1000} s`;
  return new FusionPlayError(message, { code: "TIMEOUT", hint });
}
