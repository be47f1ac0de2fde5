import { headingWith, stepIdentity, type NamedStep } from "../step-heading.ts";
import type { Failure } from "../written-report.ts";

/** Failures that are the same but for their hosts. */
export type FailureGroup = readonly [Failure, ...Failure[]];

/** Puts failures together that are the same but for their hosts, in the order in which they first come. */
export function groupFailures(failures: readonly Failure[]): FailureGroup[] {
  const groups = new Map<string, [Failure, ...Failure[]]>();
  for (const failure of failures) {
    const { play, place, step, error } = failure;
    const identity = step === undefined ? undefined : stepIdentity(step);
    const key = JSON.stringify([play, place.file, place.line, identity, error.code, error.message]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [failure]);
    else group.push(failure);
  }
  return [...groups.values()];
}

/** What the step of a group is called on its hosts; undefined of what is wrong outside of steps. */
export function stepOfGroup(group: readonly { readonly step: NamedStep | undefined }[]): string | undefined {
  return group.reduce<string | undefined>(
    (heading, { step }) => (step === undefined ? undefined : headingWith(heading, step)),
    undefined,
  );
}
