import type { Failure } from "../written-report.ts";

/** Puts failures together that are the same but for their hosts, in the order in which they first come. */
export function groupFailures(failures: readonly Failure[]): [Failure, ...Failure[]][] {
  const groups = new Map<string, [Failure, ...Failure[]]>();
  for (const failure of failures) {
    const { play, place, step, error } = failure;
    const key = JSON.stringify([play, place.file, place.line, step?.name, error.code, error.message]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [failure]);
    else group.push(failure);
  }
  return [...groups.values()];
}
