import { callOfStep } from "./call-of-step.ts";
import { FusionPlayError } from "../errors.ts";
import type { Step } from "../playbook/playbook.ts";
import { applicationsToShip, namesOfTree } from "./applications-to-ship.ts";
import type { FunctionName } from "./code-examination.ts";
import type { ModuleSource, ShippedModule } from "./module-source.ts";
import { rootsOfStep } from "./roots-of-step.ts";
import type { ShippedApplication } from "./shipped-application.ts";

/** What a host is asked about its code; it changes nothing there. */
export interface CodeQuestion {
  /** Would it take these, and what would they replace? */
  readonly modules: readonly ShippedModule[];
  /** Does it have these functions? */
  readonly calls: readonly FunctionName[];
  /** Does it have these applications by itself? */
  readonly applicationNames: readonly string[];
  /** Could it load their libraries? */
  readonly applications: readonly ShippedApplication[];
}

/**
 * Puts together what a host is asked about the code of steps: the modules and applications that they may
 * ship, and the functions that these and the steps call of modules that are not shipped.
 *
 * @param source The modules as the host needs them.
 */
export async function codeQuestion(
  steps: readonly Step[],
  source: ModuleSource,
  signal: AbortSignal,
): Promise<CodeQuestion> {
  const codes: StepCode[] = [];
  for (const step of steps) codes.push(await codeOfStep(step, source, signal));
  const modules = new Map(codes.flatMap((code) => code.modules).map((module) => [module.name, module]));
  // What Erlang and Elixir have here, hosts most likely have of their own; what is sent of Elixir, they do not.
  const own = Array.from(modules.values()).flatMap(({ name, elixir }) => (elixir === null ? [name] : []));
  const provided = await source.providedAmong(own);
  const isShipped = (name: string): boolean => modules.has(name) && !provided.has(name);
  const examined = await source.examine(own.filter((name) => !provided.has(name)));
  const calls = new Map<string, FunctionName>();
  for (const called of [...examined.flatMap((examination) => examination.calls), ...callsOf(steps)]) {
    const key = `${called.module}:${called.name}/${called.arity}`;
    if (!isShipped(called.module)) calls.set(key, called);
  }
  return {
    modules: Array.from(modules.values()),
    calls: Array.from(calls.values()),
    applicationNames: Array.from(new Set(codes.flatMap((code) => code.applicationNames))),
    applications: Array.from(new Set(codes.flatMap((code) => code.applications))),
  };
}

interface StepCode {
  readonly modules: readonly ShippedModule[];
  readonly applications: readonly ShippedApplication[];
  readonly applicationNames: readonly string[];
}

const NO_CODE: StepCode = { modules: [], applications: [], applicationNames: [] };

/** All that a step may ship; what the host has of it is left out once that is known. */
async function codeOfStep(step: Step, source: ModuleSource, signal: AbortSignal): Promise<StepCode> {
  try {
    if (step.kind === "push" && step.application !== undefined) {
      const tree = await source.application(step.application.name);
      const { applications } = applicationsToShip(tree, new Map());
      const modules = source.closureOfApplications(applications);
      return { modules, applications, applicationNames: namesOfTree(tree) };
    }
    const roots = (await rootsOfStep(step, source, signal)).filter((name) => source.has(name));
    return roots.length === 0 ? NO_CODE : { ...NO_CODE, modules: source.closure(roots) };
  } catch (error) {
    // Whatever is missing is told when the step is planned.
    if (error instanceof FusionPlayError && TOLD_LATER.has(error.code)) return NO_CODE;
    throw error;
  }
}

const TOLD_LATER: ReadonlySet<string> = new Set([
  "MODULE_NOT_FOUND",
  "APPLICATION_NOT_FOUND",
  "ELIXIR_NOT_FOUND",
]);

function callsOf(steps: readonly Step[]): FunctionName[] {
  return steps
    .flatMap((step) => callOfStep(step) ?? [])
    .map(({ module, function: name, arity }) => ({ module, name, arity }));
}
