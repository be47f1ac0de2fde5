import { createHash } from "node:crypto";
import { stepsOfPlay } from "../playbook/all-steps.ts";
import type { Playbook } from "../playbook/playbook.ts";
import type { PlanDigest } from "./journal-entry.ts";
import type { PreparedPlay } from "./prepare-play.ts";

/** What a run is known again by: the playbooks with the steps that were chosen, and the code that these ship. */
export function planDigest(
  playbooks: readonly Playbook[],
  plays: readonly PreparedPlay[],
  { check }: { check: boolean },
): PlanDigest {
  const steps = plays.map(({ play }) => [play.name, play.hosts, stepsOfPlay(play).map(({ name }) => name)]);
  const modules = plays.map(({ shipped }) => [...shipped].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    playbooks: sha256([check, playbooks.map(({ digest }) => digest), steps]),
    modules: sha256(modules),
  };
}

function sha256(parts: unknown): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
