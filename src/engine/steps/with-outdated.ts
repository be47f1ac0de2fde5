import type { ShippedModule } from "../module-source.ts";
import type { StepContext } from "./step-context.ts";

/** Adds what a host that fetches has from elsewhere in another version: it would never fetch that again. */
export function withOutdated(
  modules: readonly ShippedModule[],
  { source, node, codeLoading }: Pick<StepContext, "source" | "node" | "codeLoading">,
): readonly ShippedModule[] {
  const outdated = codeLoading === "closure" ? [] : node.outdated(source);
  if (outdated.length === 0) return modules;
  const names = new Set(modules.map(({ name }) => name));
  return [...modules, ...outdated.filter(({ name }) => !names.has(name))];
}
