import type { Step } from "../playbook/playbook.ts";
import { callOfStep } from "./call-of-step.ts";
import type { ModuleSource } from "./module-source.ts";

/**
 * The modules that a step ships, before what they need, as far as that is known without running:
 * arguments may name more.
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
      const module = callOfStep(step)?.module;
      return module !== undefined && source.has(module) ? [module] : [];
    }
    case "eval":
      return [await source.compileInline(step.code, signal)];
    case "assert":
    case "set":
    case "fail":
    case "pause":
    case "meta":
      return [];
  }
}
