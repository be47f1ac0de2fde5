import type { Play } from "../playbook/playbook.ts";
import type { ModuleSource } from "./module-source.ts";
import type { PlanOptions } from "./run-options.ts";

/** A play with its code: sources and inline code are compiled, and what pushes name is there. */
export interface PreparedPlay {
  readonly play: Play;
  readonly source: ModuleSource;
}

/**
 * Does all that can be done and can fail before a host is touched.
 *
 * @throws {FusionPlayError} `COMPILE_FAILED`, `COMPILER_NOT_FOUND`, `MODULE_NOT_FOUND`, `MODULE_INVALID`
 */
export async function preparePlay(
  play: Play,
  { openModules, signal }: Pick<PlanOptions, "openModules" | "signal">,
): Promise<PreparedPlay> {
  const source = await openModules(play, signal);
  if (typeof play.steps !== "function") {
    const evals = play.steps.filter((step) => step.kind === "eval");
    await Promise.all(evals.map(({ code }) => source.compileInline(code, signal)));
    for (const step of play.steps) if (step.kind === "push") source.closure(step.modules);
  }
  return { play, source };
}
