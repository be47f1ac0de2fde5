import type { DryRunReport } from "../../engine/dry-run-report.ts";
import type { SourcePlace } from "../../engine/report.ts";
import { foldHosts } from "../host-ranges.ts";
import { failuresIn, type WrittenReport } from "../written-report.ts";
import { errorText } from "./error-text.ts";
import { groupFailures, stepOfGroup } from "./group-failures.ts";
import { placedProblems, type PlacedProblem } from "./placed-problems.ts";
import { sourcePath } from "./source-path.ts";

/** Something that is wrong on some hosts. */
interface Annotation {
  readonly severity: PlacedProblem["severity"];
  readonly place: SourcePlace;
  readonly play: string;
  readonly step: string | undefined;
  readonly hosts: readonly string[];
  readonly text: string;
}

/**
 * Writes what failed as workflow commands of GitHub Actions: an annotation at the line where a step stands, if a step
 * of the workflow prints them. Hosts that failed alike share one, since GitHub shows ten of a step.
 *
 * @see https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export function githubText(report: WrittenReport): string {
  return groupFailures(failuresIn(report))
    .map((group) => {
      const [{ play, place, error }] = group;
      const step = stepOfGroup(group);
      const hosts = group.map(({ host }) => host);
      return commandOf({ severity: "error", place, play, step, hosts, text: errorText(error) });
    })
    .join("");
}

/** The same of what a dry run found: problems are errors, and come before warnings. */
export function githubDryRunText(report: DryRunReport): string {
  const groups = new Map<string, [PlacedProblem, ...PlacedProblem[]]>();
  for (const problem of placedProblems(report)) {
    const { host: _, ...alike } = problem;
    const key = JSON.stringify(alike);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [problem]);
    else group.push(problem);
  }
  const commands = [...groups.values()].map((group) => {
    const [{ severity, place, play, step, code, message: text }] = group;
    const hosts = group.map(({ host }) => host);
    return { severity, command: commandOf({ severity, place, play, step, hosts, text: `${code}: ${text}` }) };
  });
  return ["error", "warning"]
    .flatMap((wanted) => commands.filter(({ severity }) => severity === wanted))
    .map(({ command }) => command)
    .join("");
}

function commandOf({ severity, place: { file, line }, play, step, hosts, text }: Annotation): string {
  const title = [foldHosts(hosts), play, ...(step === undefined ? [] : [step])].join(" | ");
  const place = file === undefined ? "" : `file=${property(sourcePath(file))},line=${line},`;
  return `::${severity} ${place}title=${property(title)}::${message(text)}\n`;
}

function message(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return message(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
