import { displayModule } from "../etf/module-name.ts";
import { renderLine, type Line, type RenderOptions } from "./line.ts";
import type { ReportedLink, WhyReport } from "./modules-report.ts";
import { formatCount } from "./quantity.ts";
import { reasonText } from "./reason-text.ts";

/** Writes why a module belongs to a closure: chains of modules with the reason of every need. */
export function whyText(report: WhyReport, options: RenderOptions): string {
  return whyLines(report, options)
    .map((line) => `${renderLine(line, options)}\n`)
    .join("");
}

function whyLines({ module, provided, chains, chain_count }: WhyReport, { unicode }: RenderOptions): Line[] {
  const name = displayModule(module);
  const isProvided: Line[] = provided ? [[`${name} is provided by Erlang and Elixir, and not shipped`]] : [];
  if (chains.length === 0) return [[`Nothing that was asked for needs ${name}`], ...isProvided];
  const more = chain_count - chains.length;
  return [
    ...chains.flatMap((chain, index) => [...(index === 0 ? [] : [[]]), ...chainLines(chain, unicode)]),
    ...(more > 0 ? [[], [`and ${formatCount(more, "more chain")} of this length`]] : []),
    ...(provided ? [[], ...isProvided] : []),
  ];
}

function chainLines(chain: readonly ReportedLink[], unicode: boolean): Line[] {
  return chain.map(({ module, reason }, index) => {
    const name = displayModule(module);
    const why = reason === null ? "asked for" : reasonText(reason);
    if (index === 0) return [{ text: name, style: "bold" }, `: ${why}`];
    const branch = `${"   ".repeat(index - 1)}${unicode ? "└─ " : "`- "}`;
    return [{ text: branch, style: "dim" }, { text: name, style: "bold" }, `: ${why}`];
  });
}
