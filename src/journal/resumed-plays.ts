import type { ResumedPlay, ResumedRun, ResumedStep } from "../engine/resumed-run.ts";
import { doneSteps, type ToldHost, type ToldPlay, type ToldRun, type ToldStep } from "./told-run.ts";

/** What need not be done again of a run that a journal tells of. */
export function resumedRun({ digest, plays }: ToldRun): ResumedRun {
  const resumed = plays.map(resumedPlay);
  return { digest, play: (index) => resumed[index] ?? NOTHING_DONE };
}

const NOTHING_DONE: ResumedPlay = {
  ended: () => undefined,
  steps: () => [],
  once: () => undefined,
};

function resumedPlay({ hosts }: ToldPlay): ResumedPlay {
  const done = new Map(Array.from(hosts, ([name, host]) => [name, resumedSteps(host)]));
  const once = new Map<number, { host: string; step: ToldStep }[]>();
  for (const [host, { steps }] of hosts) {
    for (const step of doneSteps(steps)) {
      if (step.once !== undefined) once.set(step.once, [...(once.get(step.once) ?? []), { host, step }]);
    }
  }
  return {
    ended: (name) => {
      const host = hosts.get(name);
      if (host?.end?.report.status !== "ok") return undefined;
      const { report, memory, isHidden } = host.end;
      const steps = host.steps.map((step) => ({ ...step.report, resumed: true as const }));
      return { report: { ...report, steps }, memory, isHidden };
    },
    steps: (name) => done.get(name) ?? [],
    once: (position, names) => once.get(position)?.find(({ host }) => names.includes(host)),
  };
}

/** What was secret matters where a name was given to it, or where it is the result that the next step sees. */
function resumedSteps({ steps }: ToldHost): ResumedStep[] {
  const done = doneSteps(steps);
  return done.map((step, index) => {
    const isSeen =
      step.register !== undefined || Object.keys(step.vars).length > 0 || index === done.length - 1;
    return { ...step, isHidden: step.isHidden && isSeen };
  });
}
