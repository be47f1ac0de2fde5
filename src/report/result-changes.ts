import type { ResultPart } from "./equal-results.ts";
import { layoutTerm } from "./layout-term.ts";
import { type LineChange, lineChanges } from "./line-changes.ts";
import { nearChanges } from "./near-changes.ts";
import { textLines } from "./printable.ts";

/** Widths that results are laid out for, until both have several lines that can be compared. */
const WIDTHS = [80, 40, 20, 1] as const;

/** Up to so many lines that are the same are brackets only: such results have nothing in common. */
const BRACKETS = 2;

/** Gives a result as lines that fit into so many columns where its texts allow it, item by item in a loop. */
export function layoutResult(parts: readonly ResultPart[], width: number): string[] {
  return parts.flatMap(({ label, printed }) => {
    if (label === null) return printed === null ? [] : layoutTerm(printed, width);
    const lines = printed === null ? [] : layoutTerm(printed, width - 2);
    return [...textLines(label), ...lines.map((line) => `  ${line}`)];
  });
}

/**
 * Compares two results, element by element.
 *
 * @returns undefined where they have so little in common that the result itself tells more
 */
export function resultChanges(
  before: readonly ResultPart[],
  after: readonly ResultPart[],
  width: number,
): LineChange[] | undefined {
  for (const columns of WIDTHS) {
    const [old = [], fresh = []] = [before, after].map((parts) =>
      layoutResult(parts, Math.min(columns, width)),
    );
    if (old.length <= 1 || fresh.length <= 1) continue;
    const changes = lineChanges(old, fresh, { isTerm: true });
    if (changes.filter(({ sign }) => sign === " ").length > BRACKETS) return nearChanges(changes);
  }
  return undefined;
}
