import { numberSteps } from "./align-steps.ts";
import type { NamedStep } from "./step-heading.ts";

/** A step of a host in two runs; undefined in the one that does not have it. */
export interface StepPair<Step> {
  /** Equal for the pairs of all hosts that are one step of the playbook. */
  readonly key: string;
  readonly before: Step | undefined;
  readonly after: Step | undefined;
}

interface KeyedStep<Step> {
  readonly step: Step;
  readonly key: string;
  /** The same by its name on the host alone. */
  readonly nameKey: string;
}

/**
 * Finds the steps of a host again in another run, in the order of each of the runs: those of the same name, and those
 * left that were written with the same name. So steps of a file that is included several times keep apart by what is
 * in their names, whatever comes between them, and a step whose name has changed with a variable is still one.
 */
export function pairSteps<Step extends NamedStep>(
  before: readonly Step[],
  after: readonly Step[],
): { readonly before: readonly StepPair<Step>[]; readonly after: readonly StepPair<Step>[] } {
  const [old, fresh] = [keyed(before), keyed(after)];
  const pairs = new Map<KeyedStep<Step>, StepPair<Step>>();
  for (const keyName of ["nameKey", "key"] as const) {
    const left = new Map(fresh.filter((one) => !pairs.has(one)).map((one) => [one[keyName], one]));
    for (const one of old.filter((each) => !pairs.has(each))) {
      const other = left.get(one[keyName]);
      if (other === undefined) continue;
      const pair = { key: other.key, before: one.step, after: other.step };
      pairs.set(one, pair).set(other, pair);
    }
  }
  return {
    before: old.map((one) => pairs.get(one) ?? { key: one.key, before: one.step, after: undefined }),
    after: fresh.map((one) => pairs.get(one) ?? { key: one.key, before: undefined, after: one.step }),
  };
}

function keyed<Step extends NamedStep>(steps: readonly Step[]): KeyedStep<Step>[] {
  const named = numberSteps(steps, ({ name }) => name);
  return numberSteps(steps).map(({ key, step }, index) => ({ step, key, nameKey: named[index]?.key ?? key }));
}
