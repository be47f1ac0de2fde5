import { DocumentError, type Problem } from "../documents/document-error.ts";
import { quote } from "../documents/quote.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { nodesOfPlay, stepsOfPlay } from "./all-steps.ts";
import type { Block, Expression, Play, RequiredVariable, Step, StepNode } from "./playbook.ts";

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
 * condition holds may be missing, or after a step that ends the play, or a condition that asks whether it is there.
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
    ...requiredBy([...requiredOn(nodesOfPlay(play), { mayHaveEnded: false, asked: new Set() })], aboveSteps),
  ];
  return required.filter(({ name }) => !known.has(name)).map((variable) => problemOf(variable, known));
}

/** What the steps before mean for the next ones. */
interface Way {
  /** Whether the play may be over for all hosts, none of which has failed. */
  mayHaveEnded: boolean;
  /** Variables that conditions have asked for: where nothing gives them, a step may have failed that says so. */
  readonly asked: Set<string>;
}

/** Variables that hosts read for certain on their way through steps. */
function* requiredOn(nodes: readonly StepNode[], way: Way): Generator<RequiredVariable> {
  for (const node of nodes) {
    if (node.kind === "block") yield* requiredInBlock(node, way);
    else {
      if (node.kind === "assert") noteAsked(node.that, way);
      if (!way.mayHaveEnded) yield* node.required.filter(({ name }) => !way.asked.has(name));
      noteAsked([...node.when, ...node.failedWhen], way);
      if (node.kind === "meta" && node.action !== "flush_handlers") way.mayHaveEnded = true;
    }
  }
}

function* requiredInBlock({ block, rescue, always }: Block, way: Way): Generator<RequiredVariable> {
  const { mayHaveEnded } = way;
  yield* requiredOn([...block, ...rescue], way);
  // These are done before the play ends.
  const inAlways = { ...way, mayHaveEnded };
  yield* requiredOn(always, inAlways);
  way.mayHaveEnded ||= inAlways.mayHaveEnded;
}

function noteAsked(conditions: readonly Expression[], { asked }: Way): void {
  for (const name of conditions.flatMap(({ optional }) => optional)) asked.add(name);
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
