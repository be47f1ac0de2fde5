import { displayModule } from "../etf/module-name.ts";
import { renderLine, type Line, type RenderOptions } from "./line.ts";
import type { ModulesReport, ReportedNeed } from "./modules-report.ts";
import { totalsLines } from "./modules-totals.ts";
import { reasonKind } from "./reason-text.ts";

/** What stands before a module: for one that others follow, and for the last of its siblings. */
const BRANCHES = {
  unicode: { middle: "├─ ", last: "└─ ", beside: "│  ", below: "   " },
  ascii: { middle: "|- ", last: "`- ", beside: "|  ", below: "   " },
} as const;

/** Writes the closure of modules as a tree. What a module needs stands where the module is shown first. */
export function modulesTree(report: ModulesReport, options: RenderOptions): string {
  const lines = treeLines(report, options);
  const gap: Line[] = lines.length === 0 ? [] : [[]];
  return [...lines, ...gap, ...totalsLines(report)].map((line) => `${renderLine(line, options)}\n`).join("");
}

/** A line of the tree that has not been written. */
interface Node {
  readonly need: ReportedNeed | undefined;
  readonly module: string;
  /** What stands before the line, and before those of what it needs. */
  readonly prefix: string;
  readonly below: string;
}

function treeLines({ modules, roots }: ModulesReport, { unicode, width = Infinity }: RenderOptions): Line[] {
  const branches = unicode ? BRANCHES.unicode : BRANCHES.ascii;
  const needs = new Map(modules.map((module) => [module.module, module.needs]));
  const shown = new Set<string>();
  const lines: Line[] = [];
  for (const root of topsOf(roots, modules)) {
    if (shown.has(root)) continue;
    // A stack of its own, for chains of modules longer than JavaScript's.
    const open: Node[] = [{ module: root, need: undefined, prefix: "", below: "" }];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const { module, prefix, below } = node;
      const children = needs.get(module) ?? [];
      const isRepeated = shown.has(module);
      lines.push(nodeLine(node, prefix, isRepeated));
      if (isRepeated) continue;
      shown.add(module);
      const nodes = children.map((need, index): Node => {
        const isLast = index === children.length - 1;
        return {
          need,
          module: need.module,
          prefix: below + (isLast ? branches.last : branches.middle),
          // In a deep chain, most of what stands before a line would be cut from it again.
          below: below.length > width ? below : below + (isLast ? branches.below : branches.beside),
        };
      });
      open.push(...nodes.reverse());
    }
  }
  return lines;
}

function nodeLine({ module, need }: Node, prefix: string, isRepeated: boolean): Line {
  const remarks = [
    ...(need === undefined ? [] : [reasonKind(need.reason)]),
    ...(isRepeated ? ["shown above"] : []),
  ];
  return [
    { text: prefix, style: "dim" },
    need === undefined ? { text: displayModule(module), style: "bold" } : displayModule(module),
    { text: remarks.length === 0 ? "" : ` (${remarks.join(", ")})`, style: "dim" },
  ];
}

/** First those that nothing needs: below them, most of the others are shown. */
function topsOf(roots: readonly string[], modules: ModulesReport["modules"]): string[] {
  const needed = new Set(modules.flatMap(({ needs }) => needs.map(({ module }) => module)));
  return [...roots.filter((root) => !needed.has(root)), ...roots.filter((root) => needed.has(root))];
}
