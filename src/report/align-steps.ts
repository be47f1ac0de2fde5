import { stepIdentity, type NamedStep } from "./step-heading.ts";

/** A step of a host, and which one of its identity it is there. */
export interface NumberedStep<Step> {
  /** Equal for the steps of two hosts that are taken for the same one. */
  readonly key: string;
  readonly step: Step;
}

/**
 * Numbers the steps of a host that have the same identity, so that they can be told apart.
 *
 * @param identityOf a step @default {@linkcode stepIdentity}
 */
export function numberSteps<Step extends NamedStep>(
  steps: readonly Step[],
  identityOf: (step: Step) => string = stepIdentity,
): NumberedStep<Step>[] {
  const counts = new Map<string, number>();
  return steps.map((step) => {
    const identity = identityOf(step);
    const count = (counts.get(identity) ?? 0) + 1;
    counts.set(identity, count);
    return { key: `${identity}\0${count}`, step };
  });
}

/**
 * Puts the steps of several hosts into one order: that of the first host, in which each step of another one that is
 * not yet there comes behind the one before it.
 *
 * @param hosts the keys of the steps of each host
 */
export function alignSteps(hosts: Iterable<readonly string[]>): string[] {
  /** Which key stands behind a key; the first one behind `""`, which is no key. */
  const next = new Map<string, string | undefined>([["", undefined]]);
  for (const keys of hosts) {
    let previous = "";
    for (const key of keys) {
      if (!next.has(key)) {
        next.set(key, next.get(previous));
        next.set(previous, key);
      }
      previous = key;
    }
  }
  const order: string[] = [];
  for (let key = next.get(""); key !== undefined; key = next.get(key)) order.push(key);
  return order;
}
