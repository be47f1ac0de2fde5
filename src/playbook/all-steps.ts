import type { Play, Step, StepNode } from "./playbook.ts";

/** The steps of a tree in the order in which they are written, those of blocks included. */
export function allSteps(nodes: readonly StepNode[]): Step[] {
  return nodes.flatMap((node) =>
    node.kind === "block" ? allSteps([...node.block, ...node.rescue, ...node.always]) : [node],
  );
}

/** The steps of a play that are known before it runs, and those of its handlers after them. */
export function stepsOfPlay(play: Play): Step[] {
  return allSteps(nodesOfPlay(play));
}

/** The trees of the steps of a play, as far as they are no function, and of its handlers after them. */
export function nodesOfPlay({ steps, handlers }: Play): readonly StepNode[] {
  return [...(typeof steps === "function" ? [] : steps), ...handlers.map(({ step }) => step)];
}

/** Those of the steps that are only run where others fail. */
export function rescueSteps(nodes: readonly StepNode[]): ReadonlySet<Step> {
  const inBlock = (node: StepNode): readonly Step[] =>
    node.kind === "block"
      ? [...allSteps(node.rescue), ...[...node.block, ...node.always].flatMap(inBlock)]
      : [];
  return new Set(nodes.flatMap(inBlock));
}

/** Whether a play has steps that are run also when the run is stopped. */
export function hasAlways(play: Play): boolean {
  const isIn = (nodes: readonly StepNode[]): boolean =>
    nodes.some(
      (node) => node.kind === "block" && (node.always.length > 0 || isIn([...node.block, ...node.rescue])),
    );
  return isIn(nodesOfPlay(play));
}
