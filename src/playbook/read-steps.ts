import type { DocumentNode } from "../documents/node.ts";
import { valueOf } from "../documents/node-at.ts";
import { allSteps } from "./all-steps.ts";
import { BLOCK_SECTIONS } from "./block-sections.ts";
import type { Language, StepNode } from "./playbook.ts";
import type { Reading } from "./playbook-source.ts";
import { readStep } from "./read-step.ts";
import { textAt, type ReadSteps, type StepsBefore } from "./step-context.ts";

/** Reads a list of steps, each of which may use what the ones before it leave. */
export function readSteps(
  reading: Reading,
  node: DocumentNode | undefined,
  before: StepsBefore,
): ReturnType<ReadSteps> {
  if (node?.kind !== "sequence") return { steps: [], after: before };
  const steps: StepNode[] = [];
  let after = before;
  for (const item of node.items) {
    const step = readStep(reading, item, { before: after, readSteps });
    if (step !== undefined) steps.push(step);
    after = stepsAfter(reading, after, { node: item, step });
  }
  return { steps, after };
}

/** What a step adds to what the steps after it may use. */
function stepsAfter(
  reading: Reading,
  before: StepsBefore,
  { node, step }: { node: DocumentNode; step: StepNode | undefined },
): StepsBefore {
  const read = step === undefined ? [] : allSteps([step]).flatMap(({ register }) => register ?? []);
  // A step that cannot be read may still be meant to register a name.
  const names = new Set([...registeredIn(node), ...read]);
  const registered = [...names].filter((name) => !before.known.includes(name));
  for (const name of registered) reading.registered.add(name);
  const languages = step === undefined ? [] : allSteps([step]).map(languageOf);
  return {
    ...before,
    known: registered.length === 0 ? before.known : [...before.known, ...registered],
    language: languages.findLast((language) => language !== undefined) ?? before.language,
    isFirst: false,
  };
}

function registeredIn(node: DocumentNode): string[] {
  const own = textAt(node, "register");
  const inner = BLOCK_SECTIONS.flatMap((section) => {
    const steps = valueOf(node, section);
    return steps?.kind === "sequence" ? steps.items.flatMap(registeredIn) : [];
  });
  return own === undefined ? inner : [own, ...inner];
}

function languageOf(step: ReturnType<typeof allSteps>[number]): Language | undefined {
  if (step.kind === "run") return step.call.language;
  return step.kind === "eval" ? step.code.language : undefined;
}
