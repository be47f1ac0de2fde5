import type { DryRunHost, DryRunPlay, DryRunProblem } from "../engine/dry-run-report.ts";
import { formatBytes, formatCount } from "./quantity.ts";

/** Hosts for which the same is planned. */
export interface PlanGroup {
  readonly names: string[];
  readonly plan: DryRunHost;
}

/** The hosts of a play, those with the same plan together. */
export function groupEqual(hosts: DryRunPlay["hosts"]): PlanGroup[] {
  // Most hosts share the object itself; writing a large plan out for each of them would take long.
  const keys = new Map<DryRunHost, string>();
  const groups = new Map<string, PlanGroup>();
  for (const [name, plan] of Object.entries(hosts)) {
    const key = keys.get(plan) ?? JSON.stringify(plan);
    keys.set(plan, key);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { names: [name], plan });
    else group.names.push(name);
  }
  return [...groups.values()];
}

/** One mistake counts once, on however many hosts it would show. */
export function countDistinct(problems: readonly DryRunProblem[]): number {
  return new Set(problems.map(({ code, message }) => `${code}: ${message}`)).size;
}

/** What is shipped, in words. */
export function formatTotals({ modules, bytes, files, file_bytes }: DryRunHost["totals"]): string {
  const parts = [
    ...(modules === 0 ? [] : [`${formatCount(modules, "module")}, ${formatBytes(bytes)}`]),
    ...(files === 0 ? [] : [`${formatCount(files, "file")}, ${formatBytes(file_bytes)}`]),
  ];
  return parts.length === 0 ? "ships no modules" : parts.join("; ");
}
