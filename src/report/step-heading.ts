import type { WrittenName } from "../engine/report.ts";

/** A step of a host, as far as it tells which step of the playbook it is. */
export interface NamedStep extends WrittenName {
  readonly name: string;
}

/**
 * What the steps of several hosts have in common that are one step of the playbook: its name, as it is written where
 * hosts may have other ones. Steps of the same name are not told apart by it.
 */
export function stepIdentity({ name, written_name = name, written_nth }: NamedStep): string {
  return written_nth === undefined ? written_name : `${written_name}\0${written_nth}`;
}

/**
 * What a step is called where several hosts are told together: as on all of them, or as it is written in the playbook.
 *
 * @param heading that of the hosts before, if any
 */
export function headingWith(heading: string | undefined, { name, written_name = name }: NamedStep): string {
  return heading === undefined || heading === name ? name : written_name;
}

/** Gives what the steps of a play are called where its hosts are told together. */
export function headingsOf<Step extends NamedStep>(
  hosts: Readonly<Record<string, { readonly steps: readonly Step[] }>>,
): (step: Step) => string {
  const headings = new Map<string, string>();
  for (const { steps } of Object.values(hosts)) {
    for (const step of steps) {
      if (step.written_name === undefined) continue;
      const identity = stepIdentity(step);
      headings.set(identity, headingWith(headings.get(identity), step));
    }
  }
  return (step) => headings.get(stepIdentity(step)) ?? step.name;
}
