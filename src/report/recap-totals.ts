import type { Report } from "../engine/report.ts";
import { brokenLines } from "./broken-lines.ts";
import type { HostTotals } from "./host-totals.ts";
import type { Line, Span } from "./line.ts";
import { formatBytes, formatCount, formatDuration } from "./quantity.ts";
import { HOST_OUTCOMES, statusSpan } from "./status-style.ts";

/**
 * Writes what all hosts did together.
 *
 * @param columns of the terminal, into which lines are broken; undefined where there is none
 */
export function totalLines(
  report: Report,
  hosts: readonly HostTotals[],
  columns: number | undefined,
): Line[] {
  const outcomes = HOST_OUTCOMES.flatMap((outcome): Span[] => {
    const count = hosts.filter((totals) => totals.outcome === outcome).length;
    return count === 0 ? [] : [statusSpan(outcome, `${count} ${outcome}`)];
  });
  const count = formatCount(hosts.length, "host");
  const [first, ...others] = outcomes;
  const counted = [first === undefined ? [count] : [`${count}: `, first], ...others.map((span) => [span])];
  const end = [formatDuration(report.duration_ms)];
  const rest = [
    ...shipped(hosts).map((text) => [text]),
    end,
    ...(report.status === "cancelled" ? [[statusSpan("cancelled")]] : []),
  ];
  return brokenLines([...withEnd(counted, ";"), ...withEnd(rest, "")], columns ?? Infinity);
}

/** Puts a comma behind all parts but the last, and that behind the last. */
function withEnd(parts: readonly Span[][], end: string): Span[][] {
  return parts.map((part, index) => [...part, index < parts.length - 1 ? "," : end]);
}

function shipped(hosts: readonly HostTotals[]): string[] {
  const sum = (key: "modules" | "bytes" | "files" | "fileBytes"): number =>
    hosts.reduce((total, totals) => total + totals[key], 0);
  const [modules, files] = [sum("modules"), sum("files")];
  return [
    ...(modules === 0 ? [] : [`pushed ${formatCount(modules, "module")} (${formatBytes(sum("bytes"))})`]),
    ...(files === 0 ? [] : [`pushed ${formatCount(files, "file")} (${formatBytes(sum("fileBytes"))})`]),
  ];
}
