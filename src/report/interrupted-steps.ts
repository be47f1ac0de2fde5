import type { StepReport } from "../engine/report.ts";
import { headingWith, stepIdentity, type NamedStep } from "./step-heading.ts";
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
      Record<string, { readonly steps: readonly (NamedStep & Pick<StepReport, "status" | "error">)[] }>
    >;
  }[];
}

/** Lists the steps that were cut off when the run was stopped: what their calls had done by then is not known. */
export function interruptedSteps({ plays }: Ran): InterruptedStep[] {
  return plays.flatMap(({ name: play, hosts }) => {
    const steps = new Map<string, { heading: string; readonly hosts: string[] }>();
    for (const [host, { steps: ofHost }] of Object.entries(hosts)) {
      for (const step of ofHost.filter(wasCutOff)) {
        const identity = stepIdentity(step);
        const known = steps.get(identity);
        const heading = headingWith(known?.heading, step);
        steps.set(identity, { heading, hosts: [...(known?.hosts ?? []), host] });
      }
    }
    return Array.from(steps.values(), ({ heading, hosts: names }) => ({ play, step: heading, hosts: names }));
  });
}
