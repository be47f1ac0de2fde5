import type { ErrorReport, Report } from "../engine/report.ts";
import { hintLines } from "./failure-lines.ts";
import { foldHosts } from "./host-ranges.ts";
import type { Line } from "./line.ts";
import { textLines } from "./printable.ts";
import { shorten } from "./shorten.ts";

/** How many lines of a message the recap repeats. */
const MESSAGE_LINES = 5;

/** How many characters of a message the recap repeats. */
const MESSAGE_LIMIT = 1000;

interface Failure {
  readonly hosts: string[];
  readonly play: string;
  /** Null for a failure outside of steps. */
  readonly step: string | null;
  readonly error: ErrorReport;
}

/** Lists what made hosts fail or unreachable. Hosts on which the same went wrong share an entry. */
export function failureGroups(report: Report): Line[] {
  const groups = new Map<string, Failure>();
  for (const { host, ...failure } of failures(report)) {
    const { play, step, error } = failure;
    const key = JSON.stringify([play, step, error.code, error.message, error.hint]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...failure, hosts: [host] });
    else group.hosts.push(host);
  }
  return [...groups.values()].flatMap(groupLines);
}

function* failures(report: Report): Generator<Omit<Failure, "hosts"> & { host: string }> {
  for (const { name: play, hosts } of report.plays) {
    for (const [host, { status, error, steps }] of Object.entries(hosts)) {
      if (status !== "failed" && status !== "unreachable") continue;
      if (error !== null) yield { host, play, step: null, error };
      for (const step of steps) {
        if (step.status === "failed" && !step.rescued && step.error !== null) {
          yield { host, play, step: step.name, error: step.error };
        }
      }
    }
  }
}

function groupLines({ hosts, play, step, error }: Failure): Line[] {
  const count = hosts.length > 1 ? ` (${hosts.length} hosts)` : "";
  const place = step === null ? play : `${play} | ${step}`;
  const [first = "", ...rest] = textLines(shorten(error.message, MESSAGE_LIMIT));
  const shown = rest.slice(0, MESSAGE_LINES - 1);
  if (shown.length < rest.length) shown.push("…");
  return [
    ["  ", { text: foldHosts(hosts), style: "red" }, `${count}: ${place}`],
    [`    ${error.code}: ${first}`],
    ...shown.map((line): Line => [`      ${line}`]),
    ...hintLines(error).map((line): Line => ["    ", ...line]),
  ];
}
