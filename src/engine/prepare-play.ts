import { stepsOfPlay } from "../playbook/all-steps.ts";
import type { Play, Policy, Step } from "../playbook/playbook.ts";
import { allOrNone } from "../waits/all-or-none.ts";
import { callOfStep } from "./call-of-step.ts";
import type { ModuleSource, ShippedModule } from "./module-source.ts";
import { plannedApplications } from "./planned-applications.ts";
import { deniedCall, policyError, refuseDenied, withoutProvided } from "./policy.ts";
import type { PlanOptions } from "./run-options.ts";
import { rootsOfStep } from "./roots-of-step.ts";

/** A play with its code: sources and inline code are compiled, and what pushes name is there. */
export interface PreparedPlay {
  readonly play: Play;
  readonly source: ModuleSource;
  /** What its steps ship, as far as it is known: md5 of the code, by module. */
  readonly shipped: ReadonlyMap<string, string>;
}

/**
 * Does all that can be done and can fail before a host is touched. The files of the modules that steps
 * name, and of what these need, are read here: what becomes of them later changes nothing in the run.
 *
 * @throws {FusionPlayError} `COMPILE_FAILED`, `COMPILER_NOT_FOUND`, `MODULE_NOT_FOUND`, `MODULE_INVALID`,
 *   `APPLICATION_NOT_FOUND`, `APPLICATION_INVALID`, `FILE_UNREADABLE`, `POLICY_VIOLATION`
 */
export async function preparePlay(
  play: Play,
  { openModules, signal }: Pick<PlanOptions, "openModules" | "signal">,
): Promise<PreparedPlay> {
  const stop = new AbortController();
  const source = await openModules(play, AbortSignal.any([signal, stop.signal]));
  const steps = stepsOfPlay(play);
  const roots = await allOrNone(
    steps.map((step) => rootsOfStep(step, source, signal)),
    stop, // what else is compiled, so that it leaves nothing behind
  );
  const shipped = new Map<string, string>();
  for (const [index, step] of steps.entries()) {
    const modules = roots[index] ?? [];
    const closure = [
      ...(modules.length > 0 ? source.closure(modules) : []),
      ...(await closureOfApplication(step, source)),
    ];
    for (const { name, md5 } of closure) shipped.set(name, md5);
    if (play.policy.deny.length > 0) await refuseStep(step, closure, { policy: play.policy, source });
  }
  return { play, source, shipped };
}

/** What applications are missing is told by the hosts, which may have them. */
async function closureOfApplication(step: Step, source: ModuleSource): Promise<readonly ShippedModule[]> {
  if (step.kind !== "push" || step.application === undefined) return [];
  const { applications } = await plannedApplications(step.application.name, source);
  return source.closureOfApplications(applications);
}

/** Refuses a step that would do what the policy denies, whether its `when` would hold or not. */
async function refuseStep(
  step: Step,
  closure: readonly ShippedModule[],
  { policy, source }: { policy: Policy; source: ModuleSource },
): Promise<void> {
  if (closure.length > 0) await refuseDenied(await withoutProvided(closure, source), policy, source);
  const call = callOfStep(step);
  if (call === undefined) return;
  const { module, function: name, arity } = call;
  const violation = await deniedCall({ module, name, arity }, call.arguments(undefined), {
    policy,
    source,
  });
  if (violation !== undefined) throw policyError(violation);
}
