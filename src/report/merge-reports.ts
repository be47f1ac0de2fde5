import { verdictOf } from "../engine/exit-code.ts";
import { FusionPlayError } from "../errors.ts";
import type { WrittenHost, WrittenPlay, WrittenReport } from "./written-report.ts";

/** A report, and what messages call it. */
export interface NamedReport {
  readonly name: string;
  readonly report: WrittenReport;
}

/**
 * Joins the reports of runs that shared the hosts of a playbook.
 *
 * @throws {FusionPlayError} `USAGE` if they do not belong together, or one of them is missing
 */
export function mergeReports(parts: readonly NamedReport[]): WrittenReport {
  checkShards(parts);
  const reports = parts.map(({ report }) => report);
  const plays = mergePlays(parts);
  const stopped = reports.find(({ status }) => status === "cancelled");
  const { status, exitCode } = verdictOf(plays, stopped?.exit_code);
  const started = Math.min(...reports.map(({ started_at }) => Date.parse(started_at)));
  const ended = Math.max(
    ...reports.map(({ started_at, duration_ms }) => Date.parse(started_at) + duration_ms),
  );
  return {
    version: 1,
    status,
    exit_code: exitCode,
    started_at: new Date(started).toISOString(),
    duration_ms: ended - started,
    plays,
  };
}

/** A part that is missing would be taken for one that went well. */
function checkShards(parts: readonly NamedReport[]): void {
  const known = new Map<number, string>();
  const counts = new Set<number>();
  for (const { name, report } of parts) {
    if (report.shard === undefined) continue;
    const { index, count } = report.shard;
    const other = known.get(index);
    if (other !== undefined) throw refuse(`"${other}" and "${name}" are both shard ${index}/${count}`);
    known.set(index, name);
    counts.add(count);
  }
  const [count, another] = counts;
  if (another !== undefined) throw refuse(`some are of ${count ?? 0} shards, and some of ${another}`);
  const missing = Array.from({ length: count ?? 0 }, (_, at) => at + 1).filter((index) => !known.has(index));
  if (missing.length === 0) return;
  const told = missing.map((index) => `${index}/${count ?? 0}`).join(", ");
  throw refuse(`no report is that of shard ${told}`, "Give its report; of one that was killed, its journal");
}

/** Plays that a part did not come to are not in its report. */
function mergePlays(parts: readonly NamedReport[]): WrittenPlay[] {
  const [longest] = parts.toSorted((one, other) => other.report.plays.length - one.report.plays.length);
  return (longest?.report.plays ?? []).map(({ name, hosts: _own, ...place }, index) => {
    const hosts = new Map<string, WrittenHost>();
    for (const part of parts) {
      const play = part.report.plays[index];
      if (play === undefined) continue;
      if (play.name !== name) {
        const told = `play ${index + 1} is "${name}" in "${longest?.name ?? ""}", and "${play.name}" in "${part.name}"`;
        throw refuse(told);
      }
      for (const [host, report] of Object.entries(play.hosts)) {
        if (hosts.has(host)) throw refuse(`${host} is in play "${name}" of two of them`);
        hosts.set(host, report);
      }
    }
    return { name, ...place, hosts: Object.fromEntries(hosts) };
  });
}

function refuse(
  why: string,
  hint = "Name the reports of one run on shards, each of them once",
): FusionPlayError {
  return new FusionPlayError(`Cannot merge the reports: ${why}`, { code: "USAGE", hint });
}
