import { FusionPlayError } from "../errors.ts";
import type { Host } from "../inventory/inventory.ts";
import { stepsOfPlay } from "../playbook/all-steps.ts";
import type { Play } from "../playbook/playbook.ts";
import type { HostScope } from "./scope.ts";
import { delegateOf } from "./step-target.ts";

/**
 * Names of the hosts to which steps of a play are delegated, as far as that can be told before it begins: those that
 * are written, and those that expressions give with variables alone, and not with results or items of loops.
 *
 * @param hosts those of the play
 * @param scopeOf gives what expressions see on a host, with the variables of the play
 */
export function expectedDelegates(
  play: Play,
  hosts: readonly Host[],
  scopeOf: (host: Host) => HostScope,
): ReadonlySet<string> {
  const delegated = stepsOfPlay(play).flatMap((step) => {
    const delegate = delegateOf(step);
    return delegate === undefined ? [] : { delegate, vars: step.vars };
  });
  const expected = new Set(delegated.flatMap(({ delegate }) => delegate.name ?? []));
  const evaluated = delegated.filter(({ delegate }) => delegate.name === undefined);
  if (evaluated.length === 0) return expected;
  for (const host of hosts) {
    const scope = unlessUnknown(() => scopeOf(host));
    if (scope === undefined) continue;
    for (const { delegate, vars } of evaluated) {
      const name = unlessUnknown(() => delegate.evaluate(scope.ofStep(vars)));
      if (name !== undefined) expected.add(name);
    }
  }
  return expected;
}

/** Undefined where what an expression needs is not there yet. */
function unlessUnknown<Value>(evaluate: () => Value): Value | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof FusionPlayError) return undefined;
    throw error;
  }
}
