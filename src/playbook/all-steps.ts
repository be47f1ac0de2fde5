import type { Play, Step, StepNode } from "./playbook.ts";

/** The steps of a tree in the order in which they are written, those of blocks included. */
export function allSteps(nodes: readonly StepNode[]): Step[] {
  return nodes.flatMap((node) =>
    node.kind === "block" ? allSteps([...node.block, ...node.rescue, ...node.always]) : [node],
  );
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
export function hasAlways({ steps }: Play): boolean {
  const isIn = (nodes: readonly StepNode[]): boolean =>
    nodes.some(
      (node) => node.kind === "block" && (node.always.length > 0 || isIn([...node.block, ...node.rescue])),
    );
  return typeof steps !== "function" && isIn(steps);
}
