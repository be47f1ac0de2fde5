import { DocumentError } from "../documents/document-error.ts";
import { quote } from "../documents/quote.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { stepsOfPlay } from "./all-steps.ts";
import type { Play } from "./playbook.ts";

/**
 * Refuses plays whose steps are delegated to hosts that the inventory does not have. What a `${{ … }}` names is
 * known only as the play runs.
 *
 * @param hosts names of all hosts of the inventory
 * @throws {DocumentError} with the places of all of them
 */
export function refuseUnknownDelegates(plays: readonly Play[], hosts: ReadonlySet<string>): void {
  // Steps of a block have the same one, which is told once.
  const delegates = new Set(plays.flatMap(stepsOfPlay).flatMap(({ delegateTo }) => delegateTo ?? []));
  const problems = Array.from(delegates).flatMap(({ name, location, sourceLine }) =>
    name === undefined || hosts.has(name)
      ? []
      : {
          ...location,
          sourceLine,
          message: `The inventory has no host ${quote(name)} to delegate to`,
          hint: didYouMean(name, hosts) ?? "Add it to the inventory: localhost too is a host like any other",
        },
  );
  if (problems.length > 0) throw new DocumentError(problems);
}
