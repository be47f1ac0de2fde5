import { EFFECT_NAMES } from "../playbook/effects.ts";
import type { Effect } from "../playbook/playbook.ts";
import type { ModuleExamination } from "./code-examination.ts";

/**
 * The effects that each module may come to: its own, and those of the modules that it needs, as far as
 * these are among the examined ones. In the order of {@linkcode EFFECT_NAMES}.
 */
export function reachedEffects(
  examined: readonly ModuleExamination[],
): ReadonlyMap<string, readonly Effect[]> {
  const reached = new Map(
    examined.map(({ module, effects }) => [module, new Set(effects.map(({ effect }) => effect))]),
  );
  const neededBy = new Map<string, string[]>();
  for (const { module, needs } of examined) {
    for (const needed of needs) {
      const known = neededBy.get(needed);
      if (known === undefined) neededBy.set(needed, [module]);
      else known.push(module);
    }
  }
  const open = examined.map(({ module }) => module);
  for (let module = open.pop(); module !== undefined; module = open.pop()) {
    const effects = reached.get(module) ?? new Set();
    for (const needing of neededBy.get(module) ?? []) {
      if (addAll(effects, reached.get(needing))) open.push(needing);
    }
  }
  return new Map(
    Array.from(reached, ([module, effects]) => [module, EFFECT_NAMES.filter((name) => effects.has(name))]),
  );
}

/** Whether this adds anything. */
function addAll(effects: ReadonlySet<Effect>, target: Set<Effect> | undefined): boolean {
  const before = target?.size;
  for (const effect of effects) target?.add(effect);
  return target?.size !== before;
}
