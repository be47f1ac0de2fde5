import { nameMatcher } from "./name-matcher.ts";
import { splitPattern } from "./pattern.ts";

/**
 * Finds what is wrong in a host pattern, whatever the inventory holds.
 *
 * @throws {FusionPlayError} `USAGE` if it is empty, or a bracket or a regular expression is wrong
 */
export function checkPattern(pattern: string): void {
  for (const part of splitPattern(pattern)) {
    const expression = part.replace(/^[&!]/u, "");
    if (expression.startsWith("~")) nameMatcher(expression);
  }
}
