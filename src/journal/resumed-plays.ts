import type { OnceDone, ResumedPlay, ResumedRun, ResumedStep } from "../engine/resumed-run.ts";
import {
  doneSteps,
  isAtWork,
  type ToldHost,
  type ToldPlay,
  type ToldRun,
  type ToldStep,
} from "./told-run.ts";

/** What need not be done again of a run that a journal tells of. */
export function resumedRun({ digest, shard, plays }: ToldRun): ResumedRun {
  const resumed = plays.map(resumedPlay);
  return { digest, shard, play: (index) => resumed[index] ?? NOTHING_DONE };
}

const NOTHING_DONE: ResumedPlay = {
  ended: () => undefined,
  steps: () => [],
  isAtWork: () => false,
  isOver: () => false,
  once: () => [],
};

function resumedPlay({ hosts }: ToldPlay): ResumedPlay {
  const done = new Map(Array.from(hosts, ([name, host]) => [name, resumedSteps(host)]));
  const once = Array.from(hosts, ([host, told]) => onceDone(host, doneSteps(told))).flat();
  return {
    ended: (name) => {
      const host = hosts.get(name);
      if (host?.end?.report.status !== "ok") return undefined;
      const { report, memory, isHidden } = host.end;
      const steps = host.steps.map((step) => ({ ...step.report, resumed: true as const }));
      return { report: { ...report, steps }, memory, isHidden };
    },
    steps: (name) => done.get(name) ?? [],
    isAtWork: (name) => {
      const host = hosts.get(name);
      return host !== undefined && isAtWork(host);
    },
    isOver: (names) => names.some((name) => done.get(name)?.some((step) => step.ends_play)),
    once: (names) => once.filter(({ host }) => names.includes(host)),
  };
}

/** What was pushed went with the BEAM, so that it is pushed again. */
function onceDone(host: string, steps: readonly ToldStep[]): OnceDone[] {
  return steps.flatMap((step) =>
    step.once === undefined || step.report.kind === "push" ? [] : [{ position: step.once, host, step }],
  );
}

/** What was secret matters where a name was given to it, or where it is the result that the next step sees. */
function resumedSteps(host: ToldHost): ResumedStep[] {
  const done = doneSteps(host);
  return done.map((step, index) => {
    const isSeen =
      step.register !== undefined || Object.keys(step.vars).length > 0 || index === done.length - 1;
    return { ...step, isHidden: step.isHidden && isSeen };
  });
}
