import type { Line } from "./line.ts";
import type { ModulesReport } from "./modules-report.ts";
import { formatBytes, formatCount } from "./quantity.ts";

/** How much would be shipped, and what would not. */
export function totalsLines({ totals, provided, installed }: ModulesReport): Line[] {
  const { modules, file_bytes, bytes } = totals;
  const share = file_bytes === 0 ? "" : ` (${Math.round((100 * bytes) / file_bytes)} %)`;
  const missing = [...(installed.erlang ? [] : ["Erlang"]), ...(installed.elixir ? [] : ["Elixir"])];
  return [
    [
      modules === 0
        ? "No modules to ship"
        : `${formatCount(modules, "module")}: ${formatBytes(file_bytes)} in files, ${formatBytes(bytes)} shipped${share}`,
    ],
    [`Provided by Erlang and Elixir, and not shipped: ${formatCount(provided.length, "module")}`],
    ...missing.map((name): Line => [
      { text: `${name} is not installed here`, style: "yellow" },
      `: which modules it provides is not known`,
    ]),
  ];
}
