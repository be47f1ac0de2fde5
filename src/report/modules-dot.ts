import { displayModule } from "../etf/module-name.ts";
import type { ModulesReport, ReportedReason } from "./modules-report.ts";
import { formatBytes } from "./quantity.ts";
import { reasonKind } from "./reason-text.ts";

/** How the arrow of each reason is drawn: the weaker the reason, the weaker the line. */
const STYLES: Readonly<Record<ReportedReason["type"], string>> = {
  imports: "solid",
  behaviour: "bold",
  protocol_implementation: "dashed",
  application: "bold",
  atom: "dotted",
};

/**
 * Writes the closure of modules as a directed graph of Graphviz. Modules that were asked for are
 * filled.
 *
 * @see https://graphviz.org/doc/info/lang.html
 */
export function modulesDot({ modules, roots }: ModulesReport): string {
  const asked = new Set(roots);
  const nodes = modules.map(({ module, bytes }) => {
    const label = `label=${quoted(displayModule(module))}, tooltip=${quoted(formatBytes(bytes))}`;
    return `  ${quoted(module)} [${label}${asked.has(module) ? ", style=filled" : ""}];`;
  });
  const edges = modules.flatMap(({ module, needs }) =>
    needs.map(
      (need) =>
        `  ${quoted(module)} -> ${quoted(need.module)} [label=${quoted(reasonKind(need.reason))}, style=${STYLES[need.reason.type]}];`,
    ),
  );
  return ["digraph modules {", "  rankdir=LR;", "  node [shape=box];", ...nodes, ...edges, "}", ""].join(
    "\n",
  );
}

/** A quoted ID. Only the quote needs an escape there; the backslash has a meaning in labels. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
