import type { ErrorReport, PlayReport, Report, StepReport } from "../engine/report.ts";
import type { TermLanguage } from "../etf/language.ts";
import type { Term } from "../etf/term.ts";
import { alignSteps, numberSteps } from "./align-steps.ts";
import { printedTerm } from "./printed-term.ts";
import { headingsOf } from "./step-heading.ts";
import { outcomeOfStep, wasCutOff, type StepOutcome } from "./step-outcome.ts";
import { termDigest } from "./term-digest.ts";
import { withoutHost } from "./without-host.ts";
import { withoutIdentities } from "./without-identities.ts";

/** What the hosts gave in a step, equal results together. */
export interface StepResults {
  readonly play: string;
  readonly step: string;
  /** What most hosts gave first, failures last. */
  readonly groups: readonly EqualResults[];
}

/** Hosts on which a step ended alike. */
export interface EqualResults {
  readonly hosts: readonly string[];
  readonly outcome: StepOutcome;
  /** `<host>` and `…` stand in its message for names of hosts and the like, where messages differ in nothing else. */
  readonly error: ErrorReport | null;
  /** What the step gave, for each item of a loop; empty where it gave nothing. */
  readonly parts: readonly ResultPart[];
}

export interface ResultPart {
  /** Of the item; null of a step without a loop. */
  readonly label: string | null;
  /** Without the numbers of processes and the like; null where there is no result. */
  readonly printed: string | null;
}

interface OpenGroup extends EqualResults {
  readonly hosts: string[];
  error: ErrorReport | null;
}

/**
 * Folds the results of a run, step by step. Steps that gave no result anywhere are left out, and so are hosts that
 * did not do a step themselves, or were cut off when the run was stopped.
 */
export function equalResults({ plays }: Report): StepResults[] {
  return plays.flatMap(resultsOfPlay);
}

function resultsOfPlay({ name: play, hosts }: PlayReport): StepResults[] {
  const steps = new Map<string, Map<string, OpenGroup>>();
  const headingOf = headingsOf(hosts);
  const headings = new Map<string, string>();
  const order: string[][] = [];
  const all = Object.entries(hosts);
  for (const [host, report] of all) {
    const numbered = numberSteps(report.steps);
    order.push(numbered.map(({ key }) => key));
    for (const { key, step } of numbered) {
      if (!hasEnded(step)) continue;
      const groups = steps.get(key) ?? new Map<string, OpenGroup>();
      steps.set(key, groups);
      headings.set(key, headingOf(step));
      addTo(groups, host, { step, isAlone: all.length === 1 });
    }
  }
  return alignSteps(order).flatMap((key): StepResults[] => {
    const groups = [...(steps.get(key)?.values() ?? [])];
    if (!groups.some(({ parts }) => parts.length > 0)) return [];
    return [{ play, step: headings.get(key) ?? "", groups: groups.toSorted(byCount) }];
  });
}

function hasEnded(step: StepReport): boolean {
  return step.status !== "skipped" && step.ran_on === undefined && !wasCutOff(step);
}

/** @param of the step, and whether there is no other host whose result could be another one */
function addTo(
  groups: Map<string, OpenGroup>,
  host: string,
  { step, isAlone }: { readonly step: StepReport; readonly isAlone: boolean },
): void {
  const { error } = step;
  const outcome = outcomeOfStep(step);
  const parts = partsOf(step);
  const message = error === null ? "" : withoutIdentities(withoutHost(error.message, host));
  const key = JSON.stringify([outcome, error?.code, message, parts, isAlone ? null : restOf(step, parts)]);
  const group = groups.get(key);
  if (group === undefined) groups.set(key, { hosts: [host], outcome, error, parts });
  else {
    group.hosts.push(host);
    if (error !== null && group.error?.message !== error.message) group.error = { ...error, message };
  }
}

function partsOf({ items, result, language }: StepReport): ResultPart[] {
  if (items === null) return result === null ? [] : [{ label: null, printed: printedOf(result, language) }];
  if (items.every((item) => item.result === null)) return [];
  return items.map((item) => ({
    label: `${item.label}: ${item.status}`,
    printed: item.result === null ? null : printedOf(item.result, language),
  }));
}

function printedOf(term: Term, language: TermLanguage): string {
  return withoutIdentities(printedTerm(term, language).printed ?? "");
}

/** Tells results apart of which no more than the beginning is printed. */
function restOf({ items, result }: StepReport, parts: readonly ResultPart[]): string | null {
  if (!parts.some(({ printed }) => printed?.endsWith("…") === true)) return null;
  return termDigest(items === null ? [result] : items.map((item) => item.result));
}

function byCount(one: EqualResults, other: EqualResults): number {
  return weightOf(one) - weightOf(other) || other.hosts.length - one.hosts.length;
}

/** Failures that do not count stand between results and those that do. */
function weightOf(group: EqualResults): number {
  return isFailure(group) ? 2 : Number(group.error !== null);
}

/** Whether the step failed there, and nothing made good for it. */
export function isFailure({ outcome }: Pick<EqualResults, "outcome">): boolean {
  return outcome === "failed";
}
