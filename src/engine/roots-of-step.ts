import { knownValue } from "../playbook/known-value.ts";
import type { Step } from "../playbook/playbook.ts";
import { callOfStep } from "./call-of-step.ts";
import { modulesOfCall } from "./modules-of-call.ts";
import type { ModuleSource } from "./module-source.ts";

/**
 * The modules that a step ships, before what they need, as far as that is known without running: values
 * in arguments may name more.
 */
export async function rootsOfStep(
  step: Step,
  source: ModuleSource,
  signal: AbortSignal,
): Promise<readonly string[]> {
  switch (step.kind) {
    case "push":
      return step.modules;
    case "run":
    case "wait_for": {
      const call = callOfStep(step);
      return call === undefined ? [] : modulesOfCall(source, call.module, call.arguments(undefined));
    }
    case "eval": {
      const module = await source.compileInline(step.code, signal);
      return modulesOfCall(source, module, Object.values(step.bindings).map(knownValue));
    }
    case "assert":
    case "set":
    case "fail":
    case "pause":
    case "meta":
      return [];
  }
}
