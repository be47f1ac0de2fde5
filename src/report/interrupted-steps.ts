import type { StepReport } from "../engine/report.ts";
import { wasCutOff } from "./step-outcome.ts";

/** A step that was at work on some hosts when the run was stopped. */
export interface InterruptedStep {
  readonly play: string;
  readonly step: string;
  readonly hosts: readonly string[];
}

/** What of a report tells it. */
interface Ran {
  readonly plays: readonly {
    readonly name: string;
    readonly hosts: Readonly<
      Record<string, { readonly steps: readonly Pick<StepReport, "name" | "status" | "error">[] }>
    >;
  }[];
}

/** Lists the steps that were cut off when the run was stopped: what their calls had done by then is not known. */
export function interruptedSteps({ plays }: Ran): InterruptedStep[] {
  return plays.flatMap(({ name: play, hosts }) => {
    const steps = new Map<string, string[]>();
    for (const [host, { steps: ofHost }] of Object.entries(hosts)) {
      for (const { name } of ofHost.filter(wasCutOff)) steps.set(name, [...(steps.get(name) ?? []), host]);
    }
    return Array.from(steps, ([step, names]) => ({ play, step, hosts: names }));
  });
}
