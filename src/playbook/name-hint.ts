import { didYouMean } from "../documents/suggestion.ts";

/** So many names are listed before the rest is only counted. */
const MOST_NAMES = 20;

/** Suggests the name that was meant, or lists those there are: `Did you mean "register"?`. */
export function nameHint(name: string, known: readonly string[], heading: string): string | undefined {
  if (known.length === 0) return undefined;
  return didYouMean(name, known) ?? `${heading}: ${listNames(known)}`;
}

/** Lists names for people, and only counts those beyond the twentieth. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(", ");
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}
