import { SshError, type RetryAdvice } from "./ssh-error.ts";
import { describeHops, describeTarget, type SshTarget } from "./ssh-target.ts";

/** Says which host was to be reached, and by what way; what went wrong there says which hop it was. */
export function notReached(target: SshTarget, error: unknown, retry: RetryAdvice = "never"): unknown {
  if (!(error instanceof SshError)) return error;
  const reason = error.onTheWay ?? error;
  const { code, hint } = reason;
  return new SshError(
    `Cannot reach ${describeTarget(target)} through ${describeHops(target)}: ${reason.message}`,
    { code, hint, retry, cause: reason, onTheWay: reason },
  );
}
