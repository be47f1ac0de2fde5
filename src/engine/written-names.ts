import { stepsOfPlay } from "../playbook/all-steps.ts";
import type { Play, Step } from "../playbook/playbook.ts";
import type { WrittenName } from "./report.ts";

/** What the steps of a play are known by on all hosts whose names hold expressions, so that hosts may have other ones. */
export function writtenNames(play: Play): ReadonlyMap<Step, WrittenName> {
  const names = new Map<Step, WrittenName>();
  const counts = new Map<string, number>();
  for (const step of stepsOfPlay(play)) {
    if (step.nameOnHost === undefined) continue;
    const count = (counts.get(step.name) ?? 0) + 1;
    counts.set(step.name, count);
    names.set(step, { written_name: step.name, ...(count === 1 ? {} : { written_nth: count }) });
  }
  return names;
}
