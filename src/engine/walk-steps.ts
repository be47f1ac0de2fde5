import type { Block, Step, StepNode } from "../playbook/playbook.ts";
import type { FusionPlayError } from "../errors.ts";
import { isHostError } from "./step-failure.ts";
import type { StepEnd } from "./step-run.ts";
import type { PartEnd } from "./transactions.ts";

/**
 * How steps ended on a host: the first failure that nobody took care of ends them, or one of them ended its
 * part in the play (`ended`), or another host did for all (`stopped`).
 */
export type StepsEnd =
  | { readonly type: "done" }
  | { readonly type: "ended" }
  | { readonly type: "stopped" }
  | { readonly type: "failed"; readonly step: Step; readonly end: StepEnd; readonly error: FusionPlayError };

const DONE: StepsEnd = { type: "done" };
const ENDED: StepsEnd = { type: "ended" };
const STOPPED: StepsEnd = { type: "stopped" };

/** What the blocks around a step mean for it. */
export interface Surroundings {
  /** Whether a block has a `rescue` for its failure. */
  readonly isRescued: boolean;
  /** Ends the step. */
  readonly signal: AbortSignal;
  /** Whether it is run also when the play is over for all hosts: below `always`. */
  readonly isLast: boolean;
  /** Whether it is a handler, or below one. */
  readonly isHandler: boolean;
}

/** The host that steps are run on. */
export interface StepsHost {
  /**
   * Waits until it is the host's turn to begin a step, as the strategy of the play has it; never rejects. Undefined where
   * it is already.
   */
  turn(step: Step, surroundings: Surroundings): Promise<void> | undefined;
  perform(step: Step, surroundings: Surroundings): Promise<StepEnd>;
  /** Names a failure for the steps below `rescue`. */
  nameFailure(failure: StepsEnd & { type: "failed" }): void;
  /** Tells of a failure that no block around the step takes care of. */
  tellFailure(failure: StepsEnd & { type: "failed" }): void;
  /** Tells those who do transactions together that the host does not come to these steps, and why. */
  passOver(nodes: readonly StepNode[], end: PartEnd): void;
  /** Whether a host has ended the play for all of them. */
  isPlayOver(): boolean;
  /** Notes that the host does not begin the step that it is at, since the play is over. */
  noteStop(): void;
  /** Ends the play for all hosts: each does the step that it is at. */
  endPlay(): void;
  /** Takes the handlers that were notified, one after another. */
  notified(): Iterable<StepNode>;
  /** Does work whose steps neither see the result of the step before it nor leave one. */
  apart<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Aborted when the host is lost, and some time after the run was stopped: for the steps below `always`. */
  readonly lastSignal: AbortSignal;
}

/** Runs the steps of a tree, one after another. */
export async function walkSteps(
  nodes: readonly StepNode[],
  host: StepsHost,
  surroundings: Surroundings,
): Promise<StepsEnd> {
  for (const node of nodes) {
    const turn = node.kind === "block" ? undefined : host.turn(node, surroundings);
    if (turn !== undefined) await turn;
    if (!surroundings.isLast && host.isPlayOver()) {
      host.noteStop();
      return STOPPED;
    }
    const end =
      node.kind === "block"
        ? await walkBlock(node, host, surroundings)
        : await walkStep(node, host, surroundings);
    if (end.type !== "done") return end;
  }
  return DONE;
}

/** Runs the handlers that were notified, each once; those after one that failed are left notified. */
export async function walkHandlers(host: StepsHost, surroundings: Surroundings): Promise<StepsEnd> {
  for (const handler of host.notified()) {
    const end = await host.apart(() => walkSteps([handler], host, { ...surroundings, isHandler: true }));
    if (end.type !== "done") return end;
  }
  return DONE;
}

async function walkStep(step: Step, host: StepsHost, surroundings: Surroundings): Promise<StepsEnd> {
  const end = await host.perform(step, surroundings);
  if (step.kind === "meta" && end.report.status === "ok") {
    if (step.action === "flush_handlers") return walkHandlers(host, surroundings);
    if (step.action === "end_play") host.endPlay();
    return ENDED;
  }
  if (end.error === undefined) return DONE;
  const failure = { type: "failed", step, end, error: end.error } as const;
  if (!surroundings.isRescued || isHostError(end.error)) host.tellFailure(failure);
  return failure;
}

async function walkBlock(node: Block, host: StepsHost, surroundings: Surroundings): Promise<StepsEnd> {
  // What was not begun needs no end: of a run that was stopped before, the first step says so.
  if (surroundings.signal.aborted) return walkSteps(node.block, host, surroundings);
  const hasRescue = node.rescue.length > 0;
  const isRescued = surroundings.isRescued || hasRescue;
  let end = await walkSteps(node.block, host, { ...surroundings, isRescued });
  host.passOver(node.block, partEnd(end));
  if (end.type === "failed" && hasRescue && !isHostError(end.error)) {
    host.nameFailure(end);
    end = await walkSteps(node.rescue, host, surroundings);
  }
  host.passOver(node.rescue, partEnd(end));
  if (host.lastSignal.aborted) return end;
  const last = await walkSteps(node.always, host, {
    ...surroundings,
    isLast: true,
    signal: host.lastSignal,
  });
  return last.type === "done" || end.type === "failed" ? end : last;
}

/** What is left of steps that ended so means for hosts that have come to it. */
function partEnd(end: StepsEnd): PartEnd {
  return end.type === "failed" ? { type: "failed", reason: end.error.message } : { type: "out" };
}
