import { atomsOfTerms } from "../etf/atoms-of-terms.ts";
import type { Term } from "../etf/term.ts";
import type { ModuleSource } from "./module-source.ts";

/**
 * The modules that a call needs on the host: its own, and those that its arguments name, as far as
 * the code paths hold them.
 */
export function modulesOfCall(
  source: Pick<ModuleSource, "has">,
  module: string,
  args: readonly Term[],
): string[] {
  if (args.length === 0) return source.has(module) ? [module] : [];
  return [...new Set([module, ...atomsOfTerms(args)])].filter((name) => source.has(name));
}
