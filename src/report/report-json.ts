import type { DryRunHost, DryRunReport } from "../engine/dry-run-report.ts";
import type { HostReport, PushedModule, Report, StepReport } from "../engine/report.ts";
import { termToJson } from "../etf/json.ts";
import type { Term } from "../etf/term.ts";
import { printedTerm } from "./printed-term.ts";
import { reasonText } from "./reason-text.ts";

/** An object that `JSON.stringify` can write. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Gives the report as `schemas/report.schema.json` describes it: terms as JSON, and only what stands there. */
export function reportToJson({
  plays,
  version,
  status,
  exit_code,
  started_at,
  duration_ms,
  shard,
}: Report): JsonObject {
  return {
    version,
    status,
    exit_code,
    started_at,
    duration_ms,
    ...(shard === undefined ? {} : { shard }),
    plays: plays.map(({ hosts, ...play }) => ({
      ...play,
      hosts: Object.fromEntries(Object.entries(hosts).map(([host, report]) => [host, hostToJson(report)])),
    })),
  };
}

function hostToJson({ fetched, facts, steps, ...rest }: HostReport): JsonObject {
  const between = fetched === undefined ? {} : { fetched: fetched.map(pushedToJson) };
  const told = facts === undefined ? {} : { facts: termToJson(facts) };
  return { ...rest, ...between, ...told, steps: steps.map(stepToJson) };
}

/** Gives a step as it stands in the report. */
export function stepToJson({ language, result, items, pushed, diff, ...rest }: StepReport): JsonObject {
  const resultToJson = (term: Term | null): unknown => (term === null ? null : termToJson(term, language));
  const diffToJson = (term: Term | undefined): JsonObject =>
    term === undefined ? {} : { diff: resultToJson(term) };
  return {
    ...rest,
    ...diffToJson(diff),
    ...(items === null ? printedTerm(result, language) : {}),
    result: items === null ? resultToJson(result) : items.map((item) => resultToJson(item.result)),
    items:
      items === null
        ? null
        : items.map(({ result: own, diff: change, ...item }) => ({
            ...item,
            ...diffToJson(change),
            ...printedTerm(own, language),
          })),
    pushed: pushed.map(pushedToJson),
  };
}

/** Gives a module that was or would be shipped, with its reason in words. */
export function pushedToJson(module: PushedModule): JsonObject {
  return { ...module, reason: module.reason === null ? null : reasonText(module.reason) };
}

/** Gives the report of a dry run as `schemas/report.schema.json` describes it. */
export function dryRunToJson({ plays, ...rest }: DryRunReport): JsonObject {
  // Hosts with the same plan share it.
  const plans = new Map<DryRunHost, JsonObject>();
  const planOf = (host: DryRunHost): JsonObject => {
    const plan = plans.get(host) ?? dryRunHostToJson(host);
    plans.set(host, plan);
    return plan;
  };
  return {
    ...rest,
    plays: plays.map(({ hosts, ...play }) => ({
      ...play,
      hosts: Object.fromEntries(Object.entries(hosts).map(([host, plan]) => [host, planOf(plan)])),
    })),
  };
}

function dryRunHostToJson({ steps, ...rest }: DryRunHost): JsonObject {
  return {
    ...rest,
    steps: steps.map((step) => ({ ...step, would_push: step.would_push.map(pushedToJson) })),
  };
}
