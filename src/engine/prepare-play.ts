import type { Play, Policy, Step } from "../playbook/playbook.ts";
import { constantArguments } from "./constant-arguments.ts";
import type { ModuleSource } from "./module-source.ts";
import { deniedCall, policyError, refuseDenied } from "./policy.ts";
import type { PlanOptions } from "./run-options.ts";
import { rootsOfStep } from "./roots-of-step.ts";

/** A play with its code: sources and inline code are compiled, and what pushes name is there. */
export interface PreparedPlay {
  readonly play: Play;
  readonly source: ModuleSource;
}

/**
 * Does all that can be done and can fail before a host is touched.
 *
 * @throws {FusionPlayError} `COMPILE_FAILED`, `COMPILER_NOT_FOUND`, `MODULE_NOT_FOUND`, `MODULE_INVALID`,
 *   `POLICY_VIOLATION`
 */
export async function preparePlay(
  play: Play,
  { openModules, signal }: Pick<PlanOptions, "openModules" | "signal">,
): Promise<PreparedPlay> {
  const source = await openModules(play, signal);
  if (typeof play.steps !== "function") {
    const evals = play.steps.filter((step) => step.kind === "eval");
    await Promise.all(evals.map(({ code }) => source.compileInline(code, signal)));
    for (const step of play.steps) {
      if (step.kind === "push") source.closure(step.modules);
      if (play.policy.deny.length > 0) await refuseStep(step, { policy: play.policy, source, signal });
    }
  }
  return { play, source };
}

/** Refuses a step that would do what the policy denies, whether its `when` would hold or not. */
async function refuseStep(
  step: Step,
  { policy, source, signal }: { policy: Policy; source: ModuleSource; signal: AbortSignal },
): Promise<void> {
  const roots = await rootsOfStep(step, source, signal);
  if (roots.length > 0) {
    await refuseDenied(source.closure(roots), policy, source);
  }
  if (step.kind !== "run") return;
  const { module, function: name, arity } = step.call;
  const violation = await deniedCall({ module, name, arity }, constantArguments(step.call), {
    policy,
    source,
  });
  if (violation !== undefined) throw policyError(violation);
}
