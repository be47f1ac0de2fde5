import type { ErrorReport } from "../engine/report.ts";
import { alignSteps, numberSteps } from "./align-steps.ts";
import { errorText } from "./formats/error-text.ts";
import { pairSteps, type StepPair } from "./pair-steps.ts";
import { headingWith } from "./step-heading.ts";
import { withoutIdentities } from "./without-identities.ts";
import { isPrinted, resultTextLines } from "./step-text.ts";
import { outcomeOfStep } from "./step-outcome.ts";
import type { WrittenHost, WrittenPlay, WrittenReport, WrittenStep } from "./written-report.ts";

/** What changed between two runs: `schemas/diff.schema.json`. Names are those of the JSON. */
export interface ReportComparison {
  readonly version: 1;
  readonly same: boolean;
  readonly before: ComparedRun;
  readonly after: ComparedRun;
  readonly plays: readonly PlayComparison[];
}

/** One of the two runs. */
export interface ComparedRun extends Pick<WrittenReport, "status" | "exit_code" | "started_at"> {
  /** As it was named. */
  readonly file: string;
}

export interface PlayComparison {
  readonly name: string;
  /** How many hosts both runs have in the play. */
  readonly hosts: number;
  /** Hosts that only one of the runs has. */
  readonly only_before: readonly string[];
  readonly only_after: readonly string[];
  readonly changes: readonly HostsChange[];
}

/** What changed in the same way on some hosts. */
export interface HostsChange {
  /** Null for what is no matter of a step. */
  readonly step: string | null;
  readonly hosts: readonly string[];
  readonly parts: readonly ChangedPart[];
}

export interface ChangedPart {
  readonly what: "step" | "status" | "runtime" | "transport" | "error" | "result" | "output" | "pushed";
  /** As text; null where there was nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

/** A report, and the file that it was read from. */
export interface NamedReport {
  readonly file: string;
  readonly report: WrittenReport;
}

/**
 * Compares two runs host by host and step by step. Times, attempts and what was fetched on demand do not count, nor do
 * the numbers of processes, ports and references, as they are others in each run.
 */
export function compareReports(before: NamedReport, after: NamedReport): ReportComparison {
  const [old, fresh] = [numberSteps(before.report.plays), numberSteps(after.report.plays)];
  const [oldPlays, freshPlays] = [byKey(old), byKey(fresh)];
  const keys = alignSteps([old.map(({ key }) => key), fresh.map(({ key }) => key)]);
  const plays = keys.map((key) => comparePlays(oldPlays.get(key), freshPlays.get(key)));
  const [runBefore, runAfter] = [runOf(before), runOf(after)];
  const same =
    runBefore.status === runAfter.status &&
    runBefore.exit_code === runAfter.exit_code &&
    plays.every(
      ({ changes, only_before, only_after }) => changes.length + only_before.length + only_after.length === 0,
    );
  return { version: 1, same, before: runBefore, after: runAfter, plays };
}

function runOf({ file, report: { status, exit_code, started_at } }: NamedReport): ComparedRun {
  return { file, status, exit_code, started_at };
}

function byKey<Step>(steps: readonly { readonly key: string; readonly step: Step }[]): Map<string, Step> {
  return new Map(steps.map(({ key, step }) => [key, step]));
}

function comparePlays(before: WrittenPlay | undefined, after: WrittenPlay | undefined): PlayComparison {
  const old = new Map(Object.entries(before?.hosts ?? {}));
  const fresh = new Map(Object.entries(after?.hosts ?? {}));
  const changes = new ChangesOfHosts();
  const both = [...old].flatMap(([host, end]) => {
    const other = fresh.get(host);
    return other === undefined ? [] : [{ host, end, other, steps: pairSteps(end.steps, other.steps) }];
  });
  for (const { host, end, other, steps } of both) {
    changes.add(host, undefined, compareHosts(end, other));
    for (const pair of steps.before) changes.add(host, pair, compareSteps(pair));
    for (const pair of steps.after)
      if (pair.before === undefined) changes.add(host, pair, compareSteps(pair));
  }
  const order = alignSteps(
    [...both.map(({ steps }) => steps.before), ...both.map(({ steps }) => steps.after)].map((pairs) =>
      pairs.map(({ key }) => key),
    ),
  );
  return {
    name: after?.name ?? before?.name ?? "",
    hosts: both.length,
    only_before: [...old.keys()].filter((host) => !fresh.has(host)),
    only_after: [...fresh.keys()].filter((host) => !old.has(host)),
    changes: changes.inOrder(order),
  };
}

/** Folds what is the same on several hosts. */
class ChangesOfHosts {
  readonly #changes: Map<string, Map<string, Omit<HostsChange, "step"> & { hosts: string[] }>> = new Map();
  readonly #headings: Map<string, string> = new Map();

  /** @param pair what was compared; undefined of the host itself */
  add(host: string, pair: StepPair<WrittenStep> | undefined, parts: readonly ChangedPart[]): void {
    if (parts.length === 0) return;
    const key = pair?.key ?? "";
    for (const step of [pair?.before, pair?.after]) {
      if (step !== undefined) this.#headings.set(key, headingWith(this.#headings.get(key), step));
    }
    const ofStep =
      this.#changes.get(key) ?? new Map<string, Omit<HostsChange, "step"> & { hosts: string[] }>();
    this.#changes.set(key, ofStep);
    const same = JSON.stringify(parts);
    const known = ofStep.get(same);
    if (known !== undefined) known.hosts.push(host);
    else ofStep.set(same, { hosts: [host], parts });
  }

  inOrder(keys: readonly string[]): HostsChange[] {
    return ["", ...keys].flatMap((key) => {
      const step = this.#headings.get(key) ?? null;
      return [...(this.#changes.get(key)?.values() ?? [])].map((change) => ({ step, ...change }));
    });
  }
}

function compareHosts(before: WrittenHost, after: WrittenHost): ChangedPart[] {
  return [
    ...part("status", hostStatus(before), hostStatus(after)),
    ...part("runtime", runtimeText(before), runtimeText(after)),
    ...transportPart(before, after),
    ...part("error", wordsOf(before.error), wordsOf(after.error)),
  ];
}

function compareSteps({ before, after }: StepPair<WrittenStep>): ChangedPart[] {
  if (before === undefined || after === undefined) return part("step", outcomeIn(before), outcomeIn(after));
  const asJson = !isPrinted(before) || !isPrinted(after);
  const resultOf = (step: WrittenStep): string => resultTextLines(step, { asJson }).join("\n");
  return [
    ...part("status", outcomeOfStep(before), outcomeOfStep(after)),
    ...part("error", wordsOf(before.error), wordsOf(after.error)),
    ...part("result", resultOf(before), resultOf(after)),
    ...part("output", before.output, after.output),
    ...part("pushed", pushedText(before), pushedText(after)),
  ];
}

function outcomeIn(step: WrittenStep | undefined): string | null {
  return step === undefined ? null : outcomeOfStep(step);
}

/** Nothing where both are the same but for what is another one in each run. */
function part(what: ChangedPart["what"], before: string | null, after: string | null): ChangedPart[] {
  const [old, fresh] = [textOf(before), textOf(after)];
  return old === fresh ? [] : [{ what, before: old, after: fresh }];
}

function textOf(text: string | null): string | null {
  return text === null || text === "" ? null : withoutIdentities(text);
}

function hostStatus({ status, ignored }: WrittenHost): string {
  return ignored === true ? `${status}, ignored` : status;
}

/** Nothing where a host was not reached, which its status tells, or a report of old does not say it. */
function transportPart({ transport: before = null }: WrittenHost, after: WrittenHost): ChangedPart[] {
  const { transport = null } = after;
  return before === null || transport === null ? [] : part("transport", before, transport);
}

function runtimeText({ runtime }: WrittenHost): string | null {
  if (runtime === null) return null;
  return `OTP ${runtime.otp}${runtime.elixir === null ? "" : `, Elixir ${runtime.elixir}`}`;
}

/** Without the calls that led there, whose lines move with any other change of a file. */
function wordsOf(error: ErrorReport | null): string | null {
  if (error === null) return null;
  const { stacktrace: _calls, ...rest } = error;
  return errorText(rest);
}

function pushedText({ pushed, pushed_files }: WrittenStep): string {
  const modules = pushed
    .filter(({ on_demand }) => on_demand !== true)
    .map(({ module, md5 }) => `${module} ${md5}`);
  const files = pushed_files.map(({ application, path, sha256 }) => `${application}/${path} ${sha256}`);
  return [...modules.toSorted(), ...files.toSorted()].join("\n");
}
