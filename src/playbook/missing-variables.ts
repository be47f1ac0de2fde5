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
 * `vars_files` or `vars_prompt` of the play, no step of it, no `set` of a play before, no command line. What is read only where a
 * condition holds may be missing.
 *
 * @param plays those that have hosts, with the steps that are done
 * @throws {DocumentError}
 */
export function refuseMissingVariables(plays: readonly Play[], given: GivenVariables): void {
  const problems = new Map<string, Problem>();
  const set = new Set<string>();
  for (const play of plays) {
    for (const name of stepsOfPlay(play).flatMap(namesSetBy)) set.add(name);
    for (const problem of missingIn(play, { ...given, set })) {
      // The steps of a block read what it says, one like the other.
      const place = [problem.file, problem.line, problem.column].join("\0");
      if (!problems.has(place)) problems.set(place, problem);
    }
  }
  if (problems.size > 0) throw new DocumentError([...problems.values()]);
}

/** @param set names that steps of the play, and of those before it, give to hosts */
function missingIn(
  play: Play,
  { inventory, extra, set }: GivenVariables & { readonly set: ReadonlySet<string> },
): Problem[] {
  const steps = stepsOfPlay(play);
  const byPlay = [...play.prompts.map(({ name }) => name), ...play.varsFiles.flatMap(namesOf)];
  // What is given above is not evaluated.
  const aboveSteps = new Set([...extra, ...set]);
  const abovePlay = new Set([...aboveSteps, ...byPlay]);
  const known = new Set([...inventory, ...abovePlay, ...namesOf(play), ...steps.flatMap(namesOf)]);
  const required = [
    ...play.varsFiles.flatMap((file) => requiredBy(requiredByVariables(file), aboveSteps)),
    ...requiredBy(requiredByVariables(play), abovePlay),
    ...steps.flatMap((step) => requiredBy(step.required, aboveSteps)),
  ];
  return required.filter(({ name }) => !known.has(name)).map((variable) => problemOf(variable, known));
}

function namesSetBy(step: Step): string[] {
  return step.kind === "set" ? Object.keys(step.values) : [];
}

function namesOf({ vars }: Pick<Play | Step, "vars">): string[] {
  return Object.keys(vars);
}

function requiredByVariables({ vars }: Pick<Play, "vars">): RequiredVariable[] {
  return Object.values(vars).flatMap(({ required }) => required);
}

/** Those that are read although a level above gives some variables. */
function requiredBy(
  required: readonly RequiredVariable[],
  above: ReadonlySet<string>,
): readonly RequiredVariable[] {
  return required.filter(({ readBy }) => readBy === undefined || !above.has(readBy));
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
