import { closest, distance } from "fastest-levenshtein";
import { displayModule } from "../etf/module-name.ts";

/** The one of `names` that was probably meant by `name`, if any comes close. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const nearest = closest(name, names);
  // Two letters that changed places are two edits.
  const tolerated = name.length <= 3 ? 1 : Math.max(2, Math.floor(name.length / 3));
  return distance(name, nearest) <= tolerated ? nearest : undefined;
}

/**
 * The one of `modules` that was probably meant by `module`, as its language writes it: one with a
 * name close to it, or one that has more in front, as an alias would hide it.
 */
export function nearestModule(module: string, modules: Iterable<string>): string | undefined {
  const name = displayModule(module);
  const names = Array.from(modules, displayModule);
  return names.find((other) => other.endsWith(`.${name}`)) ?? nearestName(name, names);
}
