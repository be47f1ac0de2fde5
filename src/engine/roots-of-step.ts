import type { Step } from "../playbook/playbook.ts";
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
      return source.has(step.call.module) ? [step.call.module] : [];
    case "eval":
      return [await source.compileInline(step.code, signal)];
    case "assert":
      return [];
  }
}
