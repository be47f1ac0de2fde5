/** How long something has taken, in milliseconds, as reports have it: microseconds are all that counts. */
export function elapsedMs(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 1000) / 1000;
}
