import type { LineChange } from "./line-changes.ts";

/** So many lines that are the same are shown before and after what changed. */
const CONTEXT = 2;

/** Leaves out what is the same far from any change; `…` stands for it. */
export function nearChanges(changes: readonly LineChange[]): LineChange[] {
  const near = new Set<number>();
  for (const [index, { sign }] of changes.entries()) {
    if (sign === " ") continue;
    for (let other = index - CONTEXT; other <= index + CONTEXT; other++) near.add(other);
  }
  return changes.flatMap((change, index) => {
    if (near.has(index)) return [change];
    return near.has(index - 1) || index === 0 ? [{ sign: " ", text: "…" }] : [];
  });
}
