import type { DryRunHost, DryRunReport } from "../engine/dry-run-report.ts";
import type { HostReport, PushedModule, Report, StepReport } from "../engine/report.ts";
import { termToJson, type LeafToJson } from "../etf/json.ts";
import type { Term } from "../etf/term.ts";
import { LazyList, LazyObject, LazyRecord } from "./json-pieces.ts";
import { MarkedJson } from "./marked-json.ts";
import { printedTerm } from "./printed-term.ts";
import { reasonText } from "./reason-text.ts";

/** An object that `JSON.stringify` can write. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What of the terms of a run is wanted: printed and as JSON, only printed, or nothing. */
export type WantedTerms = "all" | "printed" | "none";

/** Gives the report as `schemas/report.schema.json` describes it: terms as JSON, and only what stands there. */
export function reportToJson({ plays, ...rest }: Report, terms: WantedTerms = "all"): JsonObject {
  return {
    ...headToJson(rest),
    plays: plays.map(({ hosts, ...play }) => ({
      ...play,
      hosts: Object.fromEntries(
        Object.entries(hosts).map(([host, { steps, ...end }]) => [
          host,
          { ...hostToJson(end), steps: steps.map((step) => stepToJson(step, terms)) },
        ]),
      ),
    })),
  };
}

/** Gives the same so that it is made while it is written, a step at a time. */
export function reportToLazyJson({ plays, ...rest }: Report): LazyObject {
  const markedStep = (step: StepReport): MarkedJson =>
    new MarkedJson((leafToJson) => stepToJson(step, "all", leafToJson));
  const hostOf = ({ steps, ...end }: HostReport): LazyObject =>
    new LazyObject(hostToJson(end), "steps", new LazyList(steps, markedStep));
  return new LazyObject(
    headToJson(rest),
    "plays",
    new LazyList(plays, ({ hosts, ...play }) => new LazyObject(play, "hosts", new LazyRecord(hosts, hostOf))),
  );
}

function headToJson({
  version,
  status,
  exit_code,
  started_at,
  duration_ms,
  shard,
}: Omit<Report, "plays">): JsonObject {
  return {
    version,
    status,
    exit_code,
    started_at,
    duration_ms,
    ...(shard === undefined ? {} : { shard }),
  };
}

function hostToJson({ fetched, facts, ...rest }: Omit<HostReport, "steps">): JsonObject {
  const between = fetched === undefined ? {} : { fetched: fetched.map(pushedToJson) };
  const told = facts === undefined ? {} : { facts: termToJson(facts) };
  return { ...rest, ...between, ...told };
}

/**
 * Gives a step as it stands in the report; without their JSON, results are null.
 *
 * @param leafToJson makes the JSON of texts and bytes in results
 */
export function stepToJson(
  { language, result, items, pushed, diff, ...rest }: StepReport,
  terms: WantedTerms = "all",
  leafToJson?: LeafToJson,
): JsonObject {
  const resultToJson = (term: Term | null): unknown =>
    term === null || terms !== "all" ? null : termToJson(term, language, leafToJson);
  const diffToJson = (term: Term | undefined): JsonObject =>
    term === undefined || terms === "none" ? {} : { diff: termToJson(term, language, leafToJson) };
  const printed = (term: Term | null): { readonly printed?: string } =>
    terms === "none" ? {} : printedTerm(term, language);
  // Added to `rest`, which is a copy already: to spread it into another object takes several times as long.
  const json: Record<string, unknown> = rest;
  Object.assign(json, diffToJson(diff));
  if (items === null) Object.assign(json, printed(result));
  json["result"] = items === null ? resultToJson(result) : items.map((item) => resultToJson(item.result));
  json["items"] =
    items?.map(({ result: own, diff: change, ...item }) => ({
      ...item,
      ...diffToJson(change),
      ...printed(own),
    })) ?? null;
  json["pushed"] = pushed.map(pushedToJson);
  return json;
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
