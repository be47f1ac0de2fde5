import { FusionPlayError } from "../errors.ts";
import type { Host } from "../inventory/inventory.ts";
import type { EndedStep, PlanDigest } from "./journal-entry.ts";
import type { HostReport } from "./report.ts";
import type { HostMemory } from "./scope.ts";
import type { Shard } from "./shard.ts";

/** What a run that is resumed has done before. Plays are counted from 0. */
export interface ResumedRun {
  /** What the run was known by when it began. */
  readonly digest: PlanDigest;
  /** The part of the hosts that it took; undefined where it took all. */
  readonly shard: Shard | undefined;
  play(index: number): ResumedPlay;
}

export interface ResumedPlay {
  /** A host that ended well. */
  ended(host: string): EndedHost | undefined;
  /** What any other host has done, up to the first step that failed or did not end. */
  steps(host: string): readonly ResumedStep[];
  /** Whether it had begun the step after those. */
  isAtWork(host: string): boolean;
  /** Whether one of the hosts has ended the play for all of them. */
  isOver(hosts: readonly string[]): boolean;
  /** The steps that one of the hosts has done for all of them. */
  once(hosts: readonly string[]): readonly OnceDone[];
}

/** A step that a host has done for all. */
export interface OnceDone {
  /** Where it stands in the play. */
  readonly position: number;
  readonly host: string;
  readonly step: EndedStep;
}

/** A step that is not done again. */
export interface ResumedStep extends EndedStep {
  /** Whether something that later steps may use of it was secret, and is not known any longer. */
  readonly isHidden: boolean;
}

/** A host that has nothing left to do in its play. */
export interface EndedHost {
  readonly report: HostReport;
  readonly memory: HostMemory;
  /** Whether something that later plays may use was secret, and is not known any longer. */
  readonly isHidden: boolean;
}

/**
 * Refuses to resume a run that would go on with other steps, other code, another part of the hosts or without secrets
 * that it had.
 *
 * @param hosts those of each play
 * @throws {FusionPlayError} `JOURNAL_MISMATCH`
 */
export function checkResumed(
  resumed: ResumedRun,
  { digest, shard, hosts }: Pick<ResumedRun, "digest" | "shard"> & { hosts: readonly (readonly Host[])[] },
): void {
  const [begun, wanted] = [partOf(resumed.shard), partOf(shard)];
  if (begun !== wanted) throw mismatch(`it began with ${begun}, and is to go on with ${wanted}`);
  if (resumed.digest.playbooks !== digest.playbooks) {
    throw mismatch("the playbooks, or the steps that were chosen of them, are others");
  }
  if (resumed.digest.modules !== digest.modules) throw mismatch("the modules that they ship are others");
  for (const [index, list] of hosts.entries()) {
    const play = resumed.play(index);
    for (const { name } of list) {
      const ended = play.ended(name);
      const isLeft = (later: readonly Host[], offset: number): boolean =>
        later.some((host) => host.name === name) &&
        resumed.play(index + 1 + offset).ended(name) === undefined;
      if (ended?.isHidden === true && hosts.slice(index + 1).some(isLeft)) throw hidden(name);
      const step = ended === undefined ? play.steps(name).find(({ isHidden }) => isHidden) : undefined;
      if (step !== undefined) throw hidden(name, step.report.name);
    }
  }
}

function partOf(shard: Shard | undefined): string {
  return shard === undefined ? "all hosts" : `shard ${shard.index}/${shard.count}`;
}

function mismatch(why: string): FusionPlayError {
  return new FusionPlayError(`Cannot resume the run: ${why}`, {
    code: "JOURNAL_MISMATCH",
    hint: "Give what the run began with, or begin a new one",
  });
}

function hidden(host: string, step?: string): FusionPlayError {
  const what = step === undefined ? "what it has registered or set" : `what "${step}" gave`;
  return new FusionPlayError(`Cannot resume the run: ${what} on ${host} is secret, so no journal holds it`, {
    code: "JOURNAL_MISMATCH",
    hint: "Begin a new run; --limit and --start-at-step leave out what is done",
  });
}
