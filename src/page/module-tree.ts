import type { PageModule } from "../report/page/page-data.ts";

/** A module, and those that were shipped for its sake. */
export interface ModuleNode {
  readonly module: PageModule;
  readonly needs: readonly ModuleNode[];
  /** Of it and of all below. */
  readonly totalBytes: number;
}

/** Makes a tree of the modules that were shipped; largest first. */
export function moduleTree(modules: readonly PageModule[]): ModuleNode[] {
  const children = new Map<number, number[]>();
  for (const [index, { neededBy }] of modules.entries()) {
    children.set(neededBy, [...(children.get(neededBy) ?? []), index]);
  }
  const seen = new Set<number>();
  const nodesOf = (parent: number): ModuleNode[] =>
    (children.get(parent) ?? [])
      .flatMap((index): ModuleNode[] => {
        const module = modules[index];
        if (module === undefined || seen.has(index)) return [];
        seen.add(index);
        const needs = nodesOf(index);
        return [
          { module, needs, totalBytes: needs.reduce((sum, node) => sum + node.totalBytes, module.bytes) },
        ];
      })
      .toSorted((a, b) => b.totalBytes - a.totalBytes);
  const tree = nodesOf(-1);
  // Who needs each other, and was asked for by nobody, begins a tree as well.
  const rest = modules.flatMap((module, index) =>
    seen.has(index) ? [] : [{ module, needs: [], totalBytes: module.bytes }],
  );
  return [...tree, ...rest];
}
