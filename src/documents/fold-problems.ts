import type { Problem } from "./document-error.ts";
import { listLines } from "./list-lines.ts";

/** So often the same may be wrong before it is told once. */
const MOST_ALIKE = 2;

/** Makes one of problems that say the same, where there are many, with the lines of the others. */
export function foldProblems(problems: readonly Problem[]): Problem[] {
  const groups = new Map<string, Problem[]>();
  for (const problem of problems) {
    const { file, message, hint } = problem;
    const alike = JSON.stringify([file, message, hint]);
    const group = groups.get(alike);
    if (group === undefined) groups.set(alike, [problem]);
    else group.push(problem);
  }
  return [...groups.values()].flatMap((group) => {
    const [first, ...others] = group;
    if (first === undefined || group.length <= MOST_ALIKE) return group;
    const lines = listLines(new Set(others.map(({ line }) => line)));
    const more = `and ${others.length} more like this: ${lines}`;
    return { ...first, hint: first.hint === undefined ? more : `${first.hint}\n  ${more}` };
  });
}
