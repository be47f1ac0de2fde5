/** The longest pause that growing ones come to, in milliseconds. */
const LONGEST_MS = 300_000;

/** The pause after an attempt, counted from 1: each is longer than the one before by a factor, up to a limit. */
export function pauseAfter(
  attempt: number,
  { delayMs, backoff }: { readonly delayMs: number; readonly backoff: number },
): number {
  return Math.min(delayMs * backoff ** (attempt - 1), Math.max(delayMs, LONGEST_MS));
}
