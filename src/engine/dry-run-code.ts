import type { ModuleExamination, OwnEffect } from "./code-examination.ts";
import { dryRunCaller, dryRunFunction } from "./code-findings.ts";
import type { DryRunEffect, DryRunFile, DryRunModule, DryRunProblem } from "./dry-run-report.ts";
import type { ShippedModule } from "./module-source.ts";
import type { PolicyViolation } from "./policy.ts";
import { pushedModule } from "./pushed-module.ts";
import { reachedEffects } from "./reached-effects.ts";
import type { ShippedApplication } from "./shipped-application.ts";

/** What a module does to hosts: effects that it may come to, and those that it has by itself. */
export type ModuleEffects = Pick<DryRunModule, "effects" | "own_effects">;

/** Tells of modules what would be shipped, with their effects. */
export function dryRunModules(
  modules: readonly ShippedModule[],
  examined: readonly ModuleExamination[],
): DryRunModule[] {
  const effects = moduleEffects(examined);
  return modules.map((module) => ({
    ...pushedModule(module),
    file: module.file,
    ...(effects.get(module.name) ?? { effects: [], own_effects: [] }),
  }));
}

/** Tells the effects of modules that were examined, by their names. */
export function moduleEffects(examined: readonly ModuleExamination[]): ReadonlyMap<string, ModuleEffects> {
  const reached = reachedEffects(examined);
  return new Map(
    examined.map(({ module, effects }) => [
      module,
      { effects: reached.get(module) ?? [], own_effects: effects.map(dryRunEffect) },
    ]),
  );
}

function dryRunEffect({ effect, called, callers }: OwnEffect): DryRunEffect {
  return {
    effect,
    called: called === undefined ? null : dryRunFunction(called),
    callers: callers.map(dryRunCaller),
  };
}

/** Tells of a violation as of a problem. */
export function dryRunViolation({ code, message, called, callers }: PolicyViolation): DryRunProblem {
  return {
    code,
    message,
    ...(called === undefined ? {} : { called: dryRunFunction(called) }),
    callers: callers.map(dryRunCaller),
  };
}

/** Tells of the files of an application. */
export function dryRunFiles({ name, files }: ShippedApplication): DryRunFile[] {
  return files.map(({ path, bytes, sha256, file }) => ({ application: name, path, bytes, sha256, file }));
}
