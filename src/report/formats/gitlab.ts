import { createHash } from "node:crypto";
import type { DryRunReport } from "../../engine/dry-run-report.ts";
import type { SourcePlace } from "../../engine/report.ts";
import { foldHosts } from "../host-ranges.ts";
import { printable, textLines } from "../printable.ts";
import { shorten } from "../shorten.ts";
import { stepIdentity, type NamedStep } from "../step-heading.ts";
import { failuresIn, type WrittenReport } from "../written-report.ts";
import { stepOfGroup } from "./group-failures.ts";
import { placedProblems } from "./placed-problems.ts";
import { sourcePath } from "./source-path.ts";

/** So many characters of a message are shown. */
const MESSAGE_LIMIT = 500;

/** Something that is wrong on a host. */
interface Finding {
  readonly play: string;
  readonly place: SourcePlace;
  /** Undefined of what is wrong outside of the steps. */
  readonly step: NamedStep | undefined;
  readonly host: string;
  readonly code: string;
  readonly message: string;
}

/** An issue of a report on code quality. */
interface Issue {
  readonly description: string;
  readonly check_name: string;
  readonly fingerprint: string;
  readonly severity: "major" | "critical";
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } };
}

/**
 * Writes what failed as a report on code quality, which GitLab shows in merge requests: an issue for each step and
 * error code, at the line where the step stands. What stands in no file is not in it.
 *
 * @see https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export function gitlabText(report: WrittenReport): string {
  const findings = failuresIn(report).map(({ play, place, step, host, error }): Finding => {
    const { code, message } = error;
    return { play, place, step, host, code, message };
  });
  return issuesText(findings);
}

/** The same of the problems that a dry run found, without its warnings. */
export function gitlabDryRunText(report: DryRunReport): string {
  const problems = placedProblems(report).filter(({ severity }) => severity === "error");
  return issuesText(
    problems.map(({ step, ...rest }) => ({ ...rest, step: step === undefined ? undefined : { name: step } })),
  );
}

function issuesText(findings: readonly Finding[]): string {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const { play, place, step, code } = finding;
    const key = JSON.stringify([place.file, place.line, play, identityOf(step), code]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  const fingerprints = new Fingerprints();
  const issues = [...groups.values()].flatMap((group) => issueOf(group, fingerprints));
  return `${JSON.stringify(issues, null, 2)}\n`;
}

function identityOf(step: NamedStep | undefined): string | null {
  return step === undefined ? null : stepIdentity(step);
}

function issueOf(
  group: readonly [Finding, ...Finding[]],
  fingerprints: Fingerprints,
): readonly [Issue] | readonly [] {
  const [{ play, place, step, code, message }] = group;
  const { file, line } = place;
  if (file === undefined || line === undefined) return [];
  const path = sourcePath(file);
  const hosts = foldHosts([...new Set(group.map(({ host }) => host))]);
  const told = shorten(printable(textLines(message)[0] ?? ""), MESSAGE_LIMIT);
  return [
    {
      description: `${printable(stepOfGroup(group) ?? play)}, ${printable(hosts)}: ${told}`,
      check_name: code,
      fingerprint: fingerprints.next([path, play, identityOf(step), code]),
      severity: step === undefined ? "major" : "critical",
      location: { path, lines: { begin: line } },
    },
  ];
}

/**
 * GitLab knows an issue again by its fingerprint, in the next run as well. So neither hosts nor lines nor messages are
 * in it, which may be others then.
 */
class Fingerprints {
  readonly #counts: Map<string, number> = new Map();

  next(parts: readonly (string | null)[]): string {
    const key = JSON.stringify(parts);
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return createHash("sha256").update(`${key} ${count}`).digest("hex");
  }
}
