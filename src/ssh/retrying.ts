import { setTimeout as sleep } from "node:timers/promises";

import { SshError, type RetryAdvice } from "./ssh-error.ts";
import type { SshTarget } from "./ssh-target.ts";

/** How often to try again where nobody said. */
const RETRIES = 2;
/** The wait before the second try, in milliseconds; it doubles from try to try, up to the longest one. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * Tries again where that may help. A server that drops or refuses connections is tried a few times by itself; one
 * that does not answer at all only where a number of tries was given, as each of them takes long.
 *
 * @throws {SshError} the last failure, or the signal's reason
 */
export async function retrying<T>(
  { retries }: Pick<SshTarget, "retries">,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  const wanted: readonly RetryAdvice[] = retries === undefined ? ["soon"] : ["soon", "patient"];
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SshError) || !wanted.includes(error.retry)) throw error;
      if (tries > (retries ?? RETRIES)) throw tries === 1 ? error : afterTries(error, tries);
      await sleep(waitMs(tries), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** Hosts that were dropped together shall not come back together. */
function waitMs(tries: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_WAIT_MS) * (0.75 + Math.random() / 2);
}

function afterTries(error: SshError, tries: number): SshError {
  const { code, hint, onTheWay } = error;
  return new SshError(`${error.message}, ${tries} times`, {
    code,
    hint,
    cause: error,
    ...(onTheWay === undefined ? {} : { onTheWay }),
  });
}
