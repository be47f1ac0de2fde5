import { DocumentError, type Problem } from "../documents/document-error.ts";
import { quote } from "../documents/quote.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { stepsOfPlay } from "./all-steps.ts";
import type { Play, RequiredVariable, Step } from "./playbook.ts";

/** What gives variables to all plays of a run. */
export interface GivenVariables {
  /** Names in the inventory, whatever host has them. */
  readonly inventory: ReadonlySet<string>;
  /** Names on the command line. */
  readonly extra: ReadonlySet<string>;
}

/**
 * Refuses plays that read a variable which nothing gives: no host or group of the inventory, no `vars`,
 * `vars_files` or `vars_prompt` of the play, no step of it, no command line. What is read only where a
 * condition holds may be missing.
 *
 * @param plays those that have hosts, with the steps that are done
 * @throws {DocumentError}
 */
export function refuseMissingVariables(plays: readonly Play[], given: GivenVariables): void {
  const problems = plays.flatMap((play) => missingIn(play, given));
  if (problems.length > 0) throw new DocumentError(problems);
}

function missingIn(play: Play, { inventory, extra }: GivenVariables): Problem[] {
  const steps = stepsOfPlay(play);
  const above = new Set([...play.prompts.map(({ name }) => name), ...play.varsFiles.flatMap(namesOf)]);
  const known = new Set([...inventory, ...extra, ...above, ...namesOf(play), ...steps.flatMap(namesOfStep)]);
  const required = [
    ...play.varsFiles.flatMap((file) => requiredByVariables(file, extra)),
    // What is given above is not evaluated.
    ...requiredByVariables(play, new Set([...above, ...extra])),
    ...steps.flatMap((step) => step.required),
  ];
  return required.filter(({ name }) => !known.has(name)).map((variable) => problemOf(variable, known));
}

function namesOfStep(step: Step): string[] {
  return step.kind === "set" ? [...namesOf(step), ...Object.keys(step.values)] : namesOf(step);
}

function namesOf({ vars }: Pick<Play | Step, "vars">): string[] {
  return Object.keys(vars);
}

function requiredByVariables({ vars }: Pick<Play, "vars">, above: ReadonlySet<string>): RequiredVariable[] {
  return Object.entries(vars).flatMap(([name, { required }]) => (above.has(name) ? [] : required));
}

function problemOf({ name, location, sourceLine }: RequiredVariable, known: ReadonlySet<string>): Problem {
  return {
    ...location,
    sourceLine,
    message: `Nothing gives the variable ${quote(name)}`,
    hint:
      didYouMean(name, known) ??
      `Give it in the inventory, in the play or with --extra-vars; has(vars.${name}) asks whether it is there`,
  };
}
