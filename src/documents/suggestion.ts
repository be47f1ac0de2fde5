import { distance } from "fastest-levenshtein";
import { quote } from "./quote.ts";

/**
 * Finds the candidate that `name` was most likely meant to be: one that differs in case or in `-` and `_`
 * only, else the nearest one of at most a third of its letters mistyped.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(name);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate === name) continue;
    // The lengths alone may rule a candidate out, which is cheaper than to compare.
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const mistakes = mistakesBetween(wanted, fold(candidate));
    if (mistakes < bestDistance && mistakes < candidate.length) {
      best = candidate;
      bestDistance = mistakes;
    }
  }
  return best;
}

/** The hint `Did you mean "register"?`, where a candidate is near enough. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const candidate = closest(name, candidates);
  return candidate === undefined ? undefined : `Did you mean ${quote(candidate)}?`;
}

/** How many letters are wrong, missing or too many; two swapped neighbours are one mistake. */
function mistakesBetween(name: string, candidate: string): number {
  const at = Array.from(name).findIndex((letter, index) => letter !== candidate[index]);
  const swapped = name.slice(0, at) + name.charAt(at + 1) + name.charAt(at) + name.slice(at + 2);
  return at !== -1 && swapped === candidate ? 1 : distance(name, candidate);
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}
